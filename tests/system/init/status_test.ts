/** The exit status of the wrapper is the application's, whatever it is. */
import assert from "node:assert/strict";
import { testInBothRoles } from "../../support/roles.ts";
import { compileProgram } from "../../support/programs.ts";
import { runWrapper } from "../../support/wrapper.ts";

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
