/**
 * CLOUDTASER_VAULT_DEADLINE limits all work with Vault, including revocation
 * after a failure and after the application: the wrapper cuts off a server that
 * answers byte by byte, although the answer would be complete later.
 */
import assert from "node:assert/strict";
import {
  FakeVault,
  GRANTED,
  kv2,
  type Reply,
} from "../fetcher/vault/fake_vault.ts";
import { RawServer } from "../fetcher/vault/raw_server.ts";
import { childrenOf } from "../support/proc.ts";
import { runWrapper, startWrapper } from "../support/wrapper.ts";
import { assertNotStarted, assertStarted } from "./outcomes.ts";

const LEASE = { lease_id: "database/creds/app/1", renewable: false };
const DYNAMIC = { ...LEASE, lease_duration: 2, data: { password: "hunter2" } };

/** A server that grants a lease and answers some paths slowly. */
class SlowVault extends FakeVault {
  /** Paths of slow answers that were sent completely. */
  readonly whole: string[] = [];

  /** @param slow part of a path → milliseconds of each answer; the last number is for all further answers */
  constructor(slow: Readonly<Record<string, number[]>>, secret: Reply) {
    super(({ path }) => {
      const part = Object.keys(slow).find((part) => path.includes(part));
      const times = slow[part ?? ""] ?? [];
      const millis = times.length > 1 ? times.shift() : times[0];
      if (millis === undefined) {
        return path.endsWith("/login") ? GRANTED : secret;
      }
      return drip('{"data":{}}', millis, () => this.whole.push(path));
    });
  }
}

/** A body that takes `millis` to send. */
function drip(text: string, millis: number, onEnd: () => void): Response {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((done) => setTimeout(done, millis / bytes.length));
      controller.enqueue(bytes.subarray(at, ++at));
      if (at < bytes.length) return;
      onEnd();
      controller.close();
    },
  });
  return new Response(body, {
    headers: { "content-type": "application/json" },
  });
}

function environment(
  address: string,
  deadline: string,
): Record<string, string> {
  return {
    VAULT_ADDR: address,
    VAULT_AUTH_METHOD: "approle",
    VAULT_ROLE_ID: "role",
    VAULT_SECRET_ID: "secret",
    PW: "vault:database/creds/app#password",
    CLOUDTASER_VAULT_DEADLINE: deadline,
    CLOUDTASER_LOG_LEVEL: "debug",
  };
}

Deno.test("revocation after a failed start ends at the deadline", async () => {
  await using vault = new SlowVault(
    { creds: [60_000], revoke: [1500] },
    DYNAMIC,
  );
  const result = await runWrapper({
    args: ["/bin/echo", "started"],
    env: environment(vault.address, "5s"),
  });
  const words = /unavailable for 5s \(.*CLOUDTASER_VAULT_DEADLINE/;
  assertNotStarted(result, 69, words);
  assert.deepEqual(vault.whole, []);
  assert.equal(vault.to("/v1/auth/token/revoke-self").length, 1);
});

Deno.test("revocation at the end ends at the deadline", async () => {
  await using vault = new SlowVault({ revoke: [3500] }, kv2({ password: "x" }));
  const env = environment(vault.address, "1s");
  const result = await runWrapper({
    args: ["/bin/true"],
    env: { ...env, PW: "vault:secret/data/app#password" },
  });
  assertStarted(result, "");
  assert.match(result.stderr, /1 stay valid until they expire/);
  assert.deepEqual(vault.whole, []);
});

/** Stops an application with two leases and two tokens to revoke; the application keeps the first lease. */
async function stopWithTwoLeases(vault: SlowVault): Promise<void> {
  await using wrapper = startWrapper({
    args: ["/bin/sleep", "600"],
    env: environment(vault.address, "5s"),
  });
  await wrapper.waitForLog(/Secrets refreshed/);
  const { code, stderr } = await wrapper.stop();
  assert.equal(code, 143, stderr);
}

Deno.test("all revocations at the end share one deadline", async () => {
  // The first lease and token take most of the time. With its own deadline, the
  // second lease would get a complete answer.
  const revoke = [60_000, 60_000, 1500];
  await using vault = new SlowVault({ revoke }, DYNAMIC);
  await stopWithTwoLeases(vault);
  assert.ok(vault.to("/v1/auth/token/revoke-self").length > 0);
  assert.deepEqual(vault.whole, []);
});

Deno.test("slow leases at the end leave time for every token", async () => {
  await using vault = new SlowVault({ "leases/revoke": [60_000] }, DYNAMIC);
  await stopWithTwoLeases(vault);
  assert.equal(vault.to("/v1/sys/leases/revoke").length, 2);
  assert.equal(vault.to("/v1/auth/token/revoke-self").length, 2);
});

Deno.test("a process that hangs is ended at the deadline", async () => {
  await using vault = RawServer.silent();
  await using wrapper = startWrapper({
    args: ["/bin/echo", "started"],
    env: environment(vault.address, "3s"),
  });
  await vault.connected;
  const [fetching] = childrenOf(wrapper.pid);
  assert.ok(fetching);
  Deno.kill(fetching, "SIGSTOP");
  assertNotStarted(
    await wrapper.ended,
    69,
    /unavailable for 3s \(no response in time\)\. .*CLOUDTASER_VAULT_DEADLINE/,
  );
});
