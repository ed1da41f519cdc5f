/** Another process of the wrapper's own user, without privileges, is refused by every method. An unprotected process of that user is open to it. */
import assert from "node:assert/strict";
import { startApp } from "../../support/app.ts";
import { testAsRoot } from "../../support/roles.ts";
import { assertNothingFound, testControl } from "./control.ts";
import { TestVault } from "../../support/test_vault.ts";
import { compileProgram } from "../../support/programs.ts";
import { METHODS, search } from "../../attacks/search.ts";
import { WRAPPER } from "../../support/wrapper.ts";

const grab = compileProgram("grab");
const USER = 64_127;
const SECRET = "user-5b0fe2d7c91a4836";

/** map_files is root's in any case, so that it would prove nothing. */
const OPEN_TO_USERS = METHODS.filter((method) => method !== "map_files");

const REFUSALS: Readonly<Record<string, string>> = {
  mem: "EACCES",
  readv: "EPERM",
  peek: "EPERM",
  getfd: "EPERM",
  fd: "EACCES",
  environ: "EACCES",
};

testAsRoot("the same user is refused by every method", async () => {
  await using vault = await TestVault.start();
  await vault.setPassword(SECRET);
  await using wrapper = await startApp("signals 15", {
    env: vault.env(),
    uid: USER,
  });
  const texts = [SECRET, vault.token];
  const seen = OPEN_TO_USERS.map((method) => {
    const { denied, copies } = search(method, wrapper.pid, texts, USER);
    assert.deepEqual(copies, [0, 0], method);
    return [method, denied];
  });
  assert.deepEqual(Object.fromEntries(seen), REFUSALS);
  assert.match(wrapper.stderr.text, /Protection score: 55\/75\n/);
  assert.equal((await wrapper.stop()).code, 40);
});

testAsRoot(
  "root finds nothing in another user's wrapper",
  async () => {
    await using vault = await TestVault.start();
    await vault.setPassword(SECRET);
    await using wrapper = await startApp("signals 15", {
      env: vault.env(),
      uid: USER,
    });
    assertNothingFound(wrapper.pid, [SECRET, vault.token]);
    assert.equal((await wrapper.stop()).code, 40);
  },
);

testControl(OPEN_TO_USERS, SECRET, USER);

/** How many descriptors of secret memory the same user copies from a program between its start and its end. */
async function grabFromTheStart(
  victim: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const { stderr } = await new Deno.Command("timeout", {
    args: ["90", grab, ...victim],
    env,
    clearEnv: true,
    uid: USER,
    gid: USER,
  }).output();
  const text = new TextDecoder().decode(stderr);
  const [, taken, looks] = /^taken (\d+) looks (\d+) status 0$/m.exec(text) ??
    assert.fail(text);
  assert.ok(Number(looks) > 10, text);
  return Number(taken);
}

testAsRoot(
  "the same user copies no secret memory at the start",
  async () => {
    assert.equal(await grabFromTheStart([grab, "--hold"]), 1, "control");
    await using vault = await TestVault.start();
    await vault.setPassword(SECRET);
    const env = { ...vault.env(), CLOUDTASER_LISTEN: "off" };
    for (let start = 0; start < 5; start++) {
      assert.equal(await grabFromTheStart([WRAPPER, "/bin/true"], env), 0);
    }
  },
);
