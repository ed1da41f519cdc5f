/**
 * Root against the wrapper: memory, descriptors and environment of the compiled
 * binary are searched from outside for token and secrets. Every attack is also
 * made on a process that holds the same secret without protection.
 */
import assert from "node:assert/strict";
import { startApp } from "../../support/app.ts";
import { testAsRoot } from "../../support/roles.ts";
import { makeToken } from "../../../tools/openbao/secrets.ts";
import { eventually } from "../../support/eventually.ts";
import { TestVault } from "../../support/test_vault.ts";
import { setUpAppRole } from "../../support/openbao.ts";
import { childrenOf, filesOf } from "../../support/proc.ts";
import { assertNothingFound, testControl } from "./control.ts";
import { METHODS, search } from "../../attacks/search.ts";
import { startWrapper, type Wrapper } from "../../support/wrapper.ts";
import { FakeVault, kv2, type Reply } from "../../fetcher/vault/fake_vault.ts";

const FIRST = "first-3f9c1e7ab2d84c56";
const SECOND = "second-8d17c0a94be35f62";

/** What arenas say to the attacks that read mappings. */
function expectArenas(wrapper: Wrapper): void {
  for (
    const [method, error] of [
      ["mem", "EIO"],
      ["readv", "EFAULT"],
      ["peek", "EIO"],
    ] as const
  ) {
    const { secretmem } = search(method, wrapper.pid, [FIRST]);
    // A refresh may hold one more for a moment.
    assert.deepEqual([...new Set(secretmem)], [error], method);
  }
}

/** No fetcher, no descriptor and no output of the wrapper that could be searched later. */
async function expectNoTraces(
  wrapper: Wrapper,
  texts: readonly string[],
): Promise<void> {
  await eventually(() => childrenOf(wrapper.pid).length, (n) => n === 1);
  const open = filesOf(wrapper.pid).filter((file) => {
    return /memfd|secretmem|\/tmp|\/shm|\(deleted\)/.test(file);
  });
  assert.deepEqual(open, []);
  const pages = ["/v1/status", "/metrics", "/healthz"];
  const output = [wrapper.stderr.text];
  for (const path of pages) output.push(await wrapper.page(path));
  for (const text of texts) assert.ok(!output.join("\n").includes(text));
}

async function makeVault(): Promise<TestVault> {
  const vault = await TestVault.start();
  await vault.setPassword(FIRST);
  return vault;
}

/** Attacks word by word take their time. */
const LONG_MS = 240_000;

const LOUD = {
  DB_URL: "postgres://u:${vault:secret/data/app#password}@db/x",
  CLOUDTASER_LOG_FORMAT: "json",
  CLOUDTASER_REFRESH_INTERVAL: "300ms",
  CLOUDTASER_SCORE_INTERVAL: "300ms",
};

for (const source of ["environment", "file"] as const) {
  testAsRoot(
    `root finds nothing of a token from the ${source}`,
    async () => {
      await using vault = await makeVault();
      // An attack stops the wrapper for seconds: the token must outlive two on a busy machine.
      const token = await makeToken(vault.server, { ttl: "45s" });
      const file = await Deno.makeTempFile({ dir: "/dev/shm" });
      await Deno.writeTextFile(file, token);
      const { VAULT_TOKEN: _, ...rest } = vault.env(LOUD);
      await using wrapper = await startApp("signals 15", {
        timeoutMs: LONG_MS,
        env: source === "file"
          ? { ...rest, VAULT_TOKEN_FILE: file }
          : { ...rest, VAULT_TOKEN: token },
      });
      expectArenas(wrapper);
      assertNothingFound(wrapper.pid, [token, FIRST]);
      await wrapper.waitForLog(/Renewed 1 of 1/, { limitMs: 60_000 });
      assertNothingFound(wrapper.pid, [token, FIRST]);
      await vault.setPassword(SECOND);
      await wrapper.waitForLog(/Changed: /);
      assertNothingFound(wrapper.pid, [token, FIRST, SECOND]);
      await expectNoTraces(wrapper, [token, FIRST, SECOND]);
      assert.equal((await wrapper.stop()).code, 40);
      await Deno.remove(file);
    },
  );
}

testAsRoot(
  "root finds nothing of an approle login, and the next",
  async () => {
    await using vault = await makeVault();
    const { roleId, secretId } = await setUpAppRole(vault.server, {
      token_ttl: "4s",
      token_max_ttl: "5s",
    });
    await using wrapper = startWrapper({
      args: ["/bin/sh", "-c", 'echo "token $VAULT_TOKEN"; exec sleep 600'],
      timeoutMs: LONG_MS,
      env: vault.env({
        ...LOUD,
        VAULT_TOKEN: "vault:login",
        VAULT_AUTH_METHOD: "approle",
        VAULT_ROLE_ID: roleId,
        VAULT_SECRET_ID: secretId,
      }),
    });
    const [, token = ""] = await wrapper.waitForOutput(/token (\S+)\n/);
    assert.ok(token.length > 20);
    assertNothingFound(wrapper.pid, [token, secretId, FIRST]);
    await wrapper.waitForLog(/Secrets refreshed/);
    assertNothingFound(wrapper.pid, [token, secretId, FIRST]);
    await expectNoTraces(wrapper, [token, secretId, FIRST]);
    assert.equal((await wrapper.stop()).code, 143);
  },
);

testAsRoot(
  "root finds nothing of a secret id that was unwrapped",
  async () => {
    const secretId = `unwrapped-${crypto.randomUUID()}`;
    const wrapping = `s.${crypto.randomUUID()}`;
    const origin = "auth/approle/role/app/secret-id";
    const answers: Readonly<Record<string, Reply>> = {
      "/v1/sys/wrapping/lookup": { data: { creation_path: origin } },
      "/v1/sys/wrapping/unwrap": { data: { secret_id: secretId } },
    };
    // Only the first token ends soon.
    const lives = [3];
    await using vault = new FakeVault(({ path }) => {
      if (!path.endsWith("/login")) {
        return answers[path] ?? kv2({ password: FIRST });
      }
      const lease_duration = lives.pop() ?? 3600;
      return { auth: { client_token: "s.granted", lease_duration } };
    });
    await using wrapper = startWrapper({
      args: ["/bin/sh", "-c", "echo ready; exec sleep 600"],
      timeoutMs: LONG_MS,
      env: {
        VAULT_ADDR: vault.address,
        VAULT_AUTH_METHOD: "approle",
        VAULT_ROLE_ID: "role",
        VAULT_SECRET_ID_WRAPPED: wrapping,
        DB_PASSWORD: "vault:secret/data/app#password",
      },
    });
    await wrapper.waitForOutput(/ready/);
    assertNothingFound(wrapper.pid, [secretId, wrapping, FIRST]);
    await wrapper.waitForLog(/Secrets refreshed/);
    assertNothingFound(wrapper.pid, [secretId, wrapping, FIRST]);
    await expectNoTraces(wrapper, [secretId, wrapping, FIRST]);
    assert.equal((await wrapper.stop()).code, 143);
    assert.equal(vault.to("/v1/sys/wrapping/unwrap").length, 1);
  },
);

testControl(METHODS, FIRST);

testAsRoot(
  "limit: root finds the application's own copy",
  async () => {
    await using vault = await makeVault();
    await using wrapper = await startApp("signals 15", { env: vault.env() });
    const texts = [FIRST, vault.token];
    const { copies } = search("environ", wrapper.applicationPid, texts);
    assert.deepEqual(copies, [1, 0]);
    assert.equal((await wrapper.stop()).code, 40);
  },
);
