/** Signals before the application exists: a stop signal ends the wrapper at once, others are kept for the application. */
import assert from "node:assert/strict";
import { pause } from "@/base/timer.ts";
import { RawServer } from "../../fetcher/vault/raw_server.ts";
import { eventually } from "../../support/eventually.ts";
import { type Role, testInBothRoles } from "../../support/roles.ts";
import { childrenOf, isAlive, raise, stateOf } from "../../support/proc.ts";
import { compileProgram } from "../../support/programs.ts";
import { TestVault } from "../../support/test_vault.ts";
import { startWrapper, type Wrapper } from "../../support/wrapper.ts";

const app = compileProgram("app");

for (
  const [name, signo, env] of [
    ["TERM", 15, {}],
    ["INT", 2, {}],
    ["QUIT, when it is a stop signal,", 3, { CLOUDTASER_STOP_SIGNALS: "QUIT" }],
  ] as const
) {
  testInBothRoles(`${name} during a fetch ends it at once`, async (role) => {
    await using vault = RawServer.silent();
    await using wrapper = startFetching(role, vault.address, env);
    await vault.connected;
    const [fetcher = 0] = childrenOf(wrapper.pid);
    raise(wrapper.pid, signo);
    const { code, stdout, stderr } = await wrapper.ended;
    assert.equal(code, 128 + signo, stderr);
    assert.equal(stdout, "");
    await eventually(() => isAlive(fetcher), (alive) => !alive);
  });
}

/** Spread over a start. Two at a time, so that the threads of each have to wait. */
const MOMENTS_MS = Array.from({ length: 80 }, (_, i) => i * 2);

Deno.test("TERM at any moment of a start ends it", async () => {
  await using vault = await TestVault.start();
  const moments = MOMENTS_MS.values();
  const stopAll = async () => {
    for (const moment of moments) {
      await using wrapper = startWrapper({
        args: ["/bin/sleep", "600"],
        env: vault.env(),
      });
      await pause(moment);
      const { code, stderr } = await wrapper.stop();
      assert.equal(code, 143, `after ${moment} ms:\n${stderr}`);
    }
  };
  await Promise.all([stopAll(), stopAll()]);
});

for (const signo of [3, 10, 42]) {
  testInBothRoles(
    `signal ${signo} during a fetch reaches the application`,
    async (role) => {
      await using fetching = await startRefused(role, ["/bin/sleep", "600"]);
      const { wrapper, vault } = fetching;
      raise(wrapper.pid, signo);
      await wrapper.waitForLog(/Received SIG/);
      vault.proxy.clear();
      // The application has no handler yet, so the default action ends it.
      assert.equal((await wrapper.ended).code, 128 + signo);
    },
  );
}

testInBothRoles("TSTP during a fetch stops the application", async (role) => {
  await using fetching = await startRefused(role, ["/bin/sleep", "600"]);
  const { wrapper, vault } = fetching;
  raise(wrapper.pid, 20);
  await wrapper.waitForLog(/Received SIGTSTP/);
  vault.proxy.clear();
  await wrapper.waitForLog(/Protection score/);
  await expectStates(wrapper, "T");
  raise(wrapper.pid, 18);
  await expectStates(wrapper, "S");
  assert.equal((await wrapper.stop()).code, 143);
});

/** Waits until the wrapper's only child is in this state. */
async function expectStates(wrapper: Wrapper, letter: string): Promise<void> {
  const { pid } = wrapper;
  await eventually(
    () => childrenOf(pid).map(stateOf).join(),
    (letters) => letters === letter,
  );
}

Deno.test("TERM right after the start of the binary", async () => {
  await using wrapper = startWrapper({ args: [app, "signals", "0"] });
  wrapper.signal("SIGTERM");
  const { code, stdout } = await wrapper.ended;
  assert.equal(code, 143);
  assert.equal(stdout, "");
});

/** A wrapper that waits for Vault, which answers 503 until the proxy's faults are cleared. */
async function startRefused(role: Role, args: readonly string[]) {
  const vault = await TestVault.startWithProxy();
  vault.proxy.add({ kind: "answer", status: 503, path: "secret/" });
  const wrapper = startWrapper({ ...role, args, env: vault.env() });
  await wrapper.waitForLog(/503/);
  return {
    wrapper,
    vault,
    async [Symbol.asyncDispose]() {
      await wrapper[Symbol.asyncDispose]();
      await vault[Symbol.asyncDispose]();
    },
  };
}

function startFetching(
  role: Role,
  address: string,
  env: Readonly<Record<string, string>>,
): Wrapper {
  return startWrapper({
    ...role,
    args: ["/bin/echo", "started"],
    env: {
      VAULT_ADDR: address,
      VAULT_TOKEN: "s.0123456789abcdef",
      DB_PASSWORD: "vault:secret/data/app#password",
      ...env,
    },
  });
}
