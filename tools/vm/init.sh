#!/bin/busybox sh
# First process of a test machine: file systems, network, then commands from the
# host over a serial port, one a line: `ID BASE64`. The answer is a line
# `ID STATUS BASE64` with the output. End of file ends the machine. `commands` is
# a boot parameter (qemu.ts). The other serial port is for the kernel's messages.
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /root /etc /usr/bin /sbin
/bin/busybox --install -s /bin
export PATH=/bin:/sbin:/usr/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm /sys/fs/cgroup
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf
mount -t securityfs securityfs /sys/kernel/security
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
# The exit status is ignored: a module may be built in or loaded already.
while read -r module; do insmod "$module"; done </modules/order
ip link set lo up
ip link set eth0 up
ip address add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
hostname machine
# 10.0.2.2 in QEMU's network is the host's loopback.
printf '10.0.2.2 localhost\n' >/etc/hosts
printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >/etc/passwd

port=/dev/$commands
unset commands
stty -F "$port" raw -echo
serve() {
  echo ready
  while read -r id command; do
    printf %s "$command" | base64 -d >/tmp/.command
    sh /tmp/.command </dev/null >/tmp/.output 2>&1
    printf '%s %s ' "$id" $?
    base64 -w 0 /tmp/.output
    echo
  done
  poweroff -f
}
# Not in the first process, which gets orphans: when one ends, busybox' read
# loses the part of the line that it has.
serve <>"$port" >&0 &
# The root of a test of services (systemd.ts) has it; it knows what is mounted.
[ -x /lib/systemd/systemd ] && exec /lib/systemd/systemd
while :; do wait; done
