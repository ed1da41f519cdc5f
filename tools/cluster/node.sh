#!/bin/sh
# node.sh - runs first in the node's mount and network namespaces: sets them up, prints "ready" and holds them. Arguments: state directory, programs, runtime, packages, node address with mask, service address.
set -eu
state=$1 programs=$2 runtime=$3 packages=$4 address=$5 service=$6

# As systemd does. unshare(1) has made these mounts private to the node.
mount --make-rshared /

# Before /var is hidden: the cache may be in it.
mount --bind "$programs" "$state/programs"
mount --bind "$runtime" "$state/runtime"
mount --bind "$packages" "$state/packages"
mount -t tmpfs tmpfs /run
mount --bind "$state/var" /var
# A bpffs of its own, so that no pin is left in the machine's.
mount -t bpf bpf /sys/fs/bpf

# The kubelet would change these settings of the whole machine, unless they already have its values.
mount --bind "$state/sysctl/one" /proc/sys/vm/overcommit_memory
mount --bind "$state/sysctl/one" /proc/sys/kernel/panic_on_oops
mount --bind "$state/sysctl/ten" /proc/sys/kernel/panic

# The bridge has the node's address and is the pods' gateway. The service address replaces kube-proxy.
ip link set lo up
ip addr add "$service/32" dev lo
ip link add cni0 type bridge
ip addr add "$address" dev cni0
ip link set cni0 up

echo ready
exec sleep infinity
