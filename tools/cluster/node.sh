#!/bin/sh
# node.sh - runs first in the node's own mount and network namespace: makes them what a node looks like, says
# "ready" and holds them. Arguments: state directory, programs, packages, node address with mask, service address.
set -eu
state=$1 programs=$2 packages=$3 address=$4 service=$5

# As systemd leaves a node. The machine is no peer of these mounts: unshare(1) has cut them off.
mount --make-rshared /

# Seen before /var is hidden: the cache may lie there.
mount --bind "$programs" "$state/programs"
mount --bind "$packages" "$state/packages"
mount -t tmpfs tmpfs /run
mount --bind "$state/var" /var
# As systemd does on a node; ours, so that nothing of it is left in the machine's.
mount -t bpf bpf /sys/fs/bpf

# The kubelet would set these of the whole machine. It finds them as it wants them instead.
mount --bind "$state/sysctl/one" /proc/sys/vm/overcommit_memory
mount --bind "$state/sysctl/one" /proc/sys/kernel/panic_on_oops
mount --bind "$state/sysctl/ten" /proc/sys/kernel/panic

# The bridge is the node's address and the pods' gateway in one; the service address stands in for kube-proxy.
ip link set lo up
ip addr add "$service/32" dev lo
ip link add cni0 type bridge
ip addr add "$address" dev cni0
ip link set cni0 up

echo ready
exec sleep infinity
