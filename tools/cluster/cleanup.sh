#!/bin/sh
# cleanup.sh - waits until the supervisor, which holds the other end of standard input, has ended; then kills every
# process of the cluster and removes its files. Arguments: name of its control group, state directory.
set -u
name=$1 state=$2
trap '' HUP INT TERM
cat >/dev/null

groups() { find /sys/fs/cgroup/"$name" /sys/fs/cgroup/*/"$name" "$@" 2>/dev/null; }
# All processes of the cluster are in these groups, pods included.
processes() { groups -name cgroup.procs -exec cat {} + | sort -un; }

tries=0
while pids=$(processes) && [ -n "$pids" ] && [ $tries -lt 100 ]; do
	kill -KILL $pids 2>/dev/null
	sleep 0.05
	tries=$((tries + 1))
done

# A group stays busy for a moment after its last process has ended.
while [ -n "$(groups -maxdepth 0)" ] && [ $tries -lt 200 ]; do
	groups -depth -type d -exec rmdir {} + 2>/dev/null
	tries=$((tries + 1))
	[ -z "$(groups -maxdepth 0)" ] || sleep 0.05
done
rm -rf --one-file-system "$state"
