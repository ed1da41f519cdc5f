/** What the benchmark reads from /proc and from Go's messages. */
import assert from "node:assert/strict";
import { readEndedMs } from "../../../tools/bench/idle_process.ts";
import { busyBetween } from "../../../tools/bench/machine.ts";
import { explain } from "../../../tools/bench/peers.ts";
import { findOwnGroup } from "../../../tools/bench/quota.ts";
import { summarize } from "../../../tools/bench/summary.ts";

Deno.test("busyBetween() counts all but idle and waiting time, and guests once", () => {
  const before = "cpu  100 0 100 1000 50 0 0 0 0 0\ncpu0 1 2 3 4\n";
  const after = "cpu  130 0 110 1050 60 0 0 0 30 0\ncpu0 1 2 3 4\n";
  assert.equal(busyBetween(before, after), 40);
  assert.equal(busyBetween(before, before), 0);
});

Deno.test("readEndedMs() reads past a name with blanks and parentheses", () => {
  const fields = Array.from({ length: 50 }, (_, i) => i + 3);
  // Fields 16 and 17 of proc_pid_stat(5): cutime, cstime.
  const stat = `17 (a) b) S ${fields.slice(1).join(" ")}`;
  assert.equal(readEndedMs(stat), (16 + 17) * 10);
});

const TMPFS = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n";
const ONE = `${TMPFS}cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
`;

Deno.test("findOwnGroup() finds the hierarchy with the CPU controller", () => {
  const groups = "3:cpuset:/a\n2:cpu,cpuacct:/pod/b\n0::/c\n";
  assert.deepEqual(findOwnGroup(ONE, groups), {
    folder: "/sys/fs/cgroup/cpu,cpuacct/pod/b",
    isUnified: false,
  });
  const alone = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n";
  const { folder } = findOwnGroup(alone, "2:cpuacct:/b\n1:cpu:/\n");
  assert.equal(folder, "/sys/fs/cgroup/cpu");
  const two = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
  assert.deepEqual(findOwnGroup(two, "0::/user.slice/x\n"), {
    folder: "/sys/fs/cgroup/user.slice/x",
    isUnified: true,
  });
  assert.throws(() => findOwnGroup(TMPFS, "0::/\n"), /no hierarchy/);
});

Deno.test("explain() keeps the reason of a refusal", () => {
  const refusal =
    "timeout 900 go install m@v1 failed (1): go: m@v1: reading https://proxy/m/@v/v1.info: 403 Forbidden server response: Not available.";
  const reason = 'the Go module proxy answers "403 Forbidden: Not available"';
  assert.equal(explain(refusal), reason);
  assert.equal(explain("no space left"), "no space left");
});

Deno.test("summarize() takes the middle, whatever the order", () => {
  assert.deepEqual(summarize([9, 1, 10]), { n: 3, min: 1, median: 9 });
  assert.deepEqual(summarize([]), { n: 0, min: 0, median: 0 });
});
