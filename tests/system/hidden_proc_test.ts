/** procfs mounted with subset=pid shows processes and nothing else: no point depends on the rest. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { runWrapper } from "../support/wrapper.ts";

testAsRoot("a procfs with subset=pid costs no points", async () => {
  const mount = 'mount -t proc -o subset=pid proc /proc && exec "$@"';
  const scores = [];
  for (const script of ['exec "$@"', mount]) {
    const { code, stderr, stdout } = await runWrapper({
      args: ["/bin/ls", "/proc/sys"],
      within: [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "sh",
        "-c",
        script,
        "sh",
      ],
      env: { PATH: Deno.env.get("PATH") ?? "" },
    });
    // The control: the application sees what is hidden from us.
    assert.equal(code === 0 && stdout !== "", script !== mount, stderr);
    scores.push(
      stderr.match(/Protection score: \d+\/75|^.*(?:OK|FAIL) \(.*$/gm),
    );
  }
  const [plain, hidden] = scores;
  assert.equal(plain?.length, 8);
  assert.deepEqual(hidden?.map(withoutReason), plain.map(withoutReason));
  assert.match(hidden?.[1] ?? "", /memfd_secret: OK \(\+15\)$/);
});

/** Why the kernel cannot do something may be unknown here. */
function withoutReason(line: string): string {
  return line.replace(/(FAIL \(\+0\)) .*/, "$1");
}
