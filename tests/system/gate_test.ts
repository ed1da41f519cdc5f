/** Below the minimum score the application does not start, and a score that falls below it later can end the application. */
import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { testAsRoot, testInBothRoles } from "../support/roles.ts";
import { NodeAgent } from "../support/agent/node_agent.ts";
import { exposeToken } from "../support/proc.ts";
import { compileProgram } from "../support/programs.ts";
import { TestVault } from "../support/test_vault.ts";
import { runWrapper, startWrapper, type Wrapper } from "../support/wrapper.ts";

const app = compileProgram("app");
const NO_AGENT = { CLOUDTASER_AGENT_SOCKET: "/nonexistent/agent.sock" };
/** A score without an agent. */
const SCORE = 55;

for (
  const [title, policy, says] of [
    ["a minimum above the score", { MIN_PROTECTION_SCORE: "60" }, /55.*60/],
    [
      "a check that fails",
      { REQUIRE_CHECKS: "memfd_secret,ebpf_connected" },
      /ebpf_connected/,
    ],
  ] as const
) {
  testInBothRoles(
    `${title}: 77, and the application does not start`,
    async (role) => {
      const { code, stdout, stderr } = await run(role, policy);
      assert.equal(code, 77);
      assert.equal(stdout, "");
      const last = stderr.trimEnd().split("\n").at(-1) ?? "";
      assert.match(last, /error: The application is not started: /);
      assert.match(last, says);
      assert.match(stderr, new RegExp(`Protection score: ${SCORE}/75\n`));
    },
  );
}

for (
  const [title, policy] of [
    ["a minimum that is met", { MIN_PROTECTION_SCORE: "55" }],
    ["checks that pass", { REQUIRE_CHECKS: "memfd_secret,token_protected" }],
  ] as const
) {
  testInBothRoles(`${title}: the application starts`, async (role) => {
    const { code, stdout } = await run(role, policy);
    assert.equal(code, 0);
    assert.equal(stdout, "started\n");
  });
}

testInBothRoles("a misspelt minimum does not start anything", async (role) => {
  const { code, stdout, stderr } = await run(role, {
    MIN_PROTECTION_SCOER: "75",
  });
  assert.equal(code, 78);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^\S+ \[cloudtaser-wrapper\] error: CLOUDTASER_MIN_PROTECTION_SCOER is not a setting: did you mean CLOUDTASER_MIN_PROTECTION_SCORE\? exit_code=78\n$/,
  );
});

function run(
  role: { readonly pidNamespace: boolean },
  policy: Readonly<Record<string, string>>,
) {
  const ours = Object.entries(policy)
    .map(([name, value]) => [`CLOUDTASER_${name}`, value]);
  return runWrapper({
    ...role,
    args: ["/bin/echo", "started"],
    env: { ...NO_AGENT, ...Object.fromEntries(ours) },
  });
}

testInBothRoles(
  "terminate: a copy of the token that appears later ends the application",
  async (role) => {
    await using vault = await TestVault.start();
    await using wrapper = startGuarded(role, vault, "terminate");
    await wrapper.waitForOutput(/ready/);
    exposeToken(wrapper.pid, vault.token);
    await wrapper.waitForOutput(/signal 15\n/);
    wrapper.signal("SIGHUP");
    const { code, stdout, stderr } = await wrapper.ended;
    assert.equal(code, 77, stderr);
    assert.deepEqual(stdout.match(/signal \d+/g), ["signal 15", "signal 1"]);
    assert.match(stderr, /warning: .*token_protected/);
    assert.match(stderr, /error: Terminating the application: .*ON_DEGRADE/);
    const [end, last] = stderr.trimEnd().split("\n").slice(-2);
    assert.match(end ?? "", /\] The application exited with code 40$/);
    assert.match(
      last ?? "",
      /error: The application was terminated: .*\(CLOUDTASER_ON_DEGRADE=terminate\) exit_code=77$/,
    );
  },
  "root",
);

testInBothRoles(
  "warn: the application keeps running, and a higher score is logged too",
  async (role) => {
    await using vault = await TestVault.start();
    await using wrapper = startGuarded(role, vault, "warn");
    await wrapper.waitForOutput(/ready/);
    exposeToken(wrapper.pid, vault.token);
    await wrapper.waitForLog(/warning: .*token_protected/);
    assert.equal((await wrapper.status()).score, SCORE - 10);
    exposeToken(wrapper.pid, "\0".repeat(vault.token.length));
    await wrapper.waitForLog(/Protection score.*55/, { count: 2 });
    wrapper.signal("SIGHUP");
    const { code, stdout } = await wrapper.ended;
    assert.equal(code, 40);
    assert.deepEqual(stdout.match(/signal \d+/g), ["signal 1"]);
  },
  "root",
);

function startGuarded(
  role: { readonly pidNamespace: boolean },
  vault: TestVault,
  onDegrade: string,
): Wrapper {
  return startWrapper({
    ...role,
    args: [app, "signals", "1"],
    env: vault.env({
      ...NO_AGENT,
      CLOUDTASER_MIN_PROTECTION_SCORE: String(SCORE),
      CLOUDTASER_SCORE_INTERVAL: "300ms",
      CLOUDTASER_ON_DEGRADE: onDegrade,
    }),
  });
}

testAsRoot(
  "terminate: the death of the agent costs points and ends the application",
  async () => {
    await using agent = await NodeAgent.start();
    await using wrapper = await startApp("signals 15", {
      pidNamespace: true,

      env: {
        CLOUDTASER_AGENT_SOCKET: agent.socket,
        CLOUDTASER_MIN_PROTECTION_SCORE: "65",
        CLOUDTASER_SCORE_INTERVAL: "1s",
        CLOUDTASER_ON_DEGRADE: "terminate",
      },
    });
    await wrapper.waitForLog(/ebpf_connected: OK \(\+10\)/);
    agent.process.signal("SIGTERM");
    const { code, stderr } = await wrapper.ended;
    assert.equal(code, 77, stderr);
    assert.match(stderr, /warning: .*ebpf_connected/);
  },
);
