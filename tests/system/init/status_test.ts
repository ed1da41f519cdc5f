/** The exit status of the wrapper is the application's, whatever it is. */
import assert from "node:assert/strict";
import { testAsRoot, testInBothRoles } from "../../support/roles.ts";
import { compileProgram } from "../../support/programs.ts";
import { TemporaryFolder } from "../../../tools/temporary_folder.ts";
import { runWrapper, startWrapper } from "../../support/wrapper.ts";

const app = compileProgram("app");
const QUIET = { CLOUDTASER_LOG_LEVEL: "error" };
const AT_ONCE = 4;

/** HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV PIPE ALRM TERM, XCPU, SYS, real-time ones. */
const DEADLY = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 24, 31, 34, 64];

testInBothRoles("every exit status passes", async (role) => {
  const statuses = Array.from({ length: 256 }, (_, status) => status);
  const seen = await mapSome(statuses, (status) => run(role, "exit", status));
  assert.deepEqual(seen, statuses);
});

testInBothRoles("death by signal n is 128 + n", async (role) => {
  const seen = await mapSome(DEADLY, (signo) => run(role, "die", signo));
  assert.deepEqual(seen, DEADLY.map((signo) => 128 + signo));
});

testInBothRoles("the log says how the application ended", async (role) => {
  const ends = [
    [["exit", "0"], "The application exited with code 0"],
    [["exit", "3"], "The application exited with code 3"],
    [["exit", "77"], "warning: The application exited with code 77"],
    [["exit", "126"], "warning: The application exited with code 126"],
    [["die", "11"], "warning: The application was killed by SIGSEGV"],
  ] as const;
  for (const [words, line] of ends) {
    const { stderr } = await runWrapper({
      ...role,
      args: [app, ...words],
      env: { CLOUDTASER_LOG_TIME: "off" },
    });
    const last = stderr.trimEnd().split("\n").at(-1);
    assert.equal(last, `[cloudtaser-wrapper] ${line}`);
  }
});

testInBothRoles("an end that was asked for is no warning", async (role) => {
  await using wrapper = startWrapper({ ...role, args: ["sleep", "600"] });
  await wrapper.waitForLog(/kprobes_active/);
  const { stderr } = await wrapper.stop();
  assert.match(
    stderr,
    /\] (The application was killed by|Stopped by) SIGTERM\n/,
  );
});

testAsRoot("the log says that the kernel wrote a core dump", async () => {
  const pattern = await Deno.readTextFile("/proc/sys/kernel/core_pattern");
  // Another program receives the dump, and may refuse it.
  if (pattern.startsWith("|") || pattern.startsWith("/")) return;
  await using folder = await TemporaryFolder.make("core");
  const crash = "ulimit -S -c $(ulimit -H -c); kill -SEGV $$";
  const { stderr } = await runWrapper({
    args: ["/bin/sh", "-c", crash],
    cwd: folder.path,
  });
  assert.match(stderr, /was killed by SIGSEGV \(core dumped\)\n/);
});

async function run(
  role: { readonly pidNamespace: boolean },
  what: string,
  number: number,
): Promise<number> {
  const args = [app, what, String(number)];
  const { code, stdout, stderr } = await runWrapper({
    ...role,
    args,
    env: QUIET,
  });
  assert.equal(stdout + stderr, "", `${what} ${number}`);
  return code;
}

/** Like Promise.all over map, a few at a time, in order. */
async function mapSome<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...await Promise.all(items.slice(at, at + AT_ONCE).map(work)));
  }
  return results;
}
