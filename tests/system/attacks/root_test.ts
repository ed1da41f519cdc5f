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
import { startControl } from "./control.ts";
import { METHODS, search } from "../../attacks/search.ts";
import { startWrapper, type Wrapper } from "../../support/wrapper.ts";
import { FakeVault, kv2, type Reply } from "../../fetcher/vault/fake_vault.ts";

const FIRST = "first-3f9c1e7ab2d84c56";
const SECOND = "second-8d17c0a94be35f62";

/** Nothing of `texts` is in the wrapper, by any method. */
function expectNothing(wrapper: Wrapper, texts: readonly string[]): void {
  for (const method of METHODS) {
    const loot = search(method, wrapper.pid, texts);
    assert.deepEqual(loot.copies, texts.map(() => 0), method);
    assert.equal(loot.denied, "", method);
  }
}

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
  const told = [
    wrapper.stderr.text,
    await wrapper.page("/v1/status"),
    await wrapper.page("/metrics"),
    await wrapper.page("/healthz"),
  ].join("\n");
  for (const text of texts) assert.equal(told.includes(text), false);
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
    `root finds nothing: token from the ${source}, renewed and rotated`,
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
      expectNothing(wrapper, [token, FIRST]);
      await wrapper.waitForLog(/Renewed 1 of 1/, { limitMs: 60_000 });
      expectNothing(wrapper, [token, FIRST]);
      await vault.setPassword(SECOND);
      await wrapper.waitForLog(/Changed: /);
      expectNothing(wrapper, [token, FIRST, SECOND]);
      await expectNoTraces(wrapper, [token, FIRST, SECOND]);
      assert.equal((await wrapper.stop()).code, 40);
      await Deno.remove(file);
    },
  );
}

testAsRoot(
  "root finds nothing: token of an approle login, logged in again",
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
    expectNothing(wrapper, [token, secretId, FIRST]);
    await wrapper.waitForLog(/Secrets refreshed/);
    expectNothing(wrapper, [token, secretId, FIRST]);
    await expectNoTraces(wrapper, [token, secretId, FIRST]);
    assert.equal((await wrapper.stop()).code, 143);
  },
);

testAsRoot(
  "root finds nothing: a secret id that was unwrapped, used again",
  async () => {
    const secretId = `unwrapped-${crypto.randomUUID()}`;
    const wrapping = `s.${crypto.randomUUID()}`;
    const origin = "auth/approle/role/app/secret-id";
    const answers: Readonly<Record<string, Reply>> = {
      "/v1/sys/wrapping/lookup": { data: { creation_path: origin } },
      "/v1/sys/wrapping/unwrap": { data: { secret_id: secretId } },
    };
    // Only the first token ends soon.
    let life = 3;
    const grant = () => ({
      auth: { client_token: "s.granted", lease_duration: life },
    });
    await using vault = new FakeVault(({ path }) => {
      if (!path.endsWith("/login")) {
        return answers[path] ?? kv2({ password: FIRST });
      }
      const granted = grant();
      life = 3600;
      return granted;
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
    expectNothing(wrapper, [secretId, wrapping, FIRST]);
    await wrapper.waitForLog(/Secrets refreshed/);
    expectNothing(wrapper, [secretId, wrapping, FIRST]);
    await expectNoTraces(wrapper, [secretId, wrapping, FIRST]);
    assert.equal((await wrapper.stop()).code, 143);
    assert.equal(vault.to("/v1/sys/wrapping/unwrap").length, 1);
  },
);

testAsRoot(
  "control: the same attacks find it in an unprotected process",
  async () => {
    await using control = await startControl(FIRST);
    for (const method of METHODS) {
      const { copies } = search(method, control.pid, [FIRST]);
      assert.ok((copies[0] ?? 0) > 0, method);
    }
  },
);

testAsRoot(
  "limit: the application's own copy is found, as docs/SECURITY.md says",
  async () => {
    await using vault = await makeVault();
    await using wrapper = await startApp("signals 15", { env: vault.env() });
    const loot = search("environ", wrapper.applicationPid, [
      FIRST,
      vault.token,
    ]);
    assert.deepEqual(loot.copies, [1, 0]);
    assert.equal((await wrapper.stop()).code, 40);
  },
);
