/**
 * A Vault that misbehaves, on the development Vault only: what passes by
 * itself is waited for, what cannot be right ends with the documented code,
 * and a token never goes to another host.
 */
import assert from "node:assert/strict";
import type { Fault } from "../../tools/devvault/mod.ts";
import { vaultEnvironment } from "../support/both_vaults.ts";
import { DevVaultServer } from "../support/dev_vault.ts";
import { makeToken, setUpSecrets } from "../support/vault_setup.ts";
import {
  runWrapper,
  startWrapper,
  type WrapperResult,
} from "../support/wrapper.ts";

const PATH = "secret/data/app";

/** Faults that go away: the application starts with its secret. */
const PASSING: readonly (readonly [string, Fault])[] = [
  ["500 three times", status(500, { times: 3 })],
  ["502 once", status(502, { times: 1 })],
  ["503 once", status(503, { times: 1 })],
  ["429 once", status(429, { times: 1 })],
  ["472 once", status(472, { times: 1 })],
  ["473 once", status(473, { times: 1 })],
  ["412 once, as a replica behind answers", status(412, { times: 1 })],
  ["a slow answer", { kind: "delay", milliseconds: 500, path: PATH }],
  ["an answer that is too slow once", {
    kind: "delay",
    milliseconds: 3000,
    path: PATH,
    times: 1,
  }],
  ["no answer once", { kind: "hang", path: PATH, times: 1 }],
  ["a cut connection twice", { kind: "reset", path: PATH, times: 2 }],
  ["half an answer once", { kind: "truncated", path: PATH, times: 1 }],
  ["JSON under another type", {
    kind: "content-type",
    value: "text/plain",
    path: PATH,
  }],
];

/** Faults that stay: title, fault, exit code, what the last line says. */
const LASTING: readonly (readonly [string, Fault, 69 | 78, RegExp])[] = [
  ["500", status(500), 69, /500/],
  ["429", status(429), 69, /429/],
  ["no answer", { kind: "hang", path: PATH }, 69, /no answer/],
  ["cut connections", { kind: "reset", path: PATH }, 69, /connection/],
  ["half answers", { kind: "truncated", path: PATH }, 69, /connection|trunc/],
  ["a web page", { kind: "html", path: PATH }, 78, /VAULT_ADDR.*web page/],
  [
    "a web page that says 404",
    { kind: "html", path: PATH, status: 404 },
    78,
    /VAULT_ADDR.*web page/,
  ],
  [
    "more than 64 MiB",
    { kind: "oversize", path: PATH, bytes: 65 * 1024 * 1024 },
    78,
    /64 MiB/,
  ],
];

function status(code: number, more: { readonly times?: number } = {}): Fault {
  return { kind: "status", status: code, path: PATH, ...more };
}

Deno.test("faults of Vault (dev Vault)", async (test) => {
  await using server = await DevVaultServer.start();
  await setUpSecrets(server);
  const token = await makeToken(server);

  for (const [title, fault] of PASSING) {
    await test.step(`${title}: waits and starts the application`, async () => {
      const result = await withFault(server, token, fault);
      assert.equal(result.code, 0, result.stderr);
      assert.equal(result.stdout, "s3cr3t-p4ss\n");
    });
  }

  for (const [title, fault, code, says] of LASTING) {
    await test.step(`${title} without end: ${code}`, async () => {
      const result = await withFault(server, token, fault, {
        CLOUDTASER_VAULT_DEADLINE: "1500ms",
        // 65 MiB take their time on a busy machine; it ends as soon as they are too many.
        ...(fault.kind === "oversize" && {
          CLOUDTASER_VAULT_DEADLINE: "30s",
          VAULT_CLIENT_TIMEOUT: "20s",
        }),
      });
      assert.equal(result.code, code, result.stderr);
      assert.equal(result.stdout, "");
      assert.match(result.stderr.trim().split("\n").at(-1) ?? "", says);
    });
  }

  await test.step("429 with Retry-After: not asked again before that", async () => {
    server.dev.journal.clear();
    const fault = { ...status(429, { times: 1 }), retryAfterSeconds: 1 };
    const result = await withFault(server, token, fault);
    assert.equal(result.code, 0, result.stderr);
    const reads = readsOf(server);
    assert.deepEqual(reads.map((entry) => entry.status), [429, 200]);
    const [first, second] = reads;
    const waited = (second?.at ?? 0) - (first?.at ?? 0);
    assert.ok(waited >= 990, `asked again after ${waited} ms`);
  });

  await test.step("VAULT_MAX_RETRIES=0: one request and 69", async () => {
    server.dev.journal.clear();
    const result = await withFault(server, token, status(500), {
      VAULT_MAX_RETRIES: "0",
    });
    assert.equal(result.code, 69, result.stderr);
    const reads = readsOf(server);
    assert.equal(reads.length, 1);
  });

  for (
    const [title, path, status] of [
      ["to another path", "secret/data/other", 307],
      ["with 302", PATH, 302],
      ["with 308", PATH, 308],
    ] as const
  ) {
    await test.step(`a redirect to another host ${title}: 78 without waiting, and no token goes there`, async () => {
      await using other = await DevVaultServer.start();
      server.dev.journal.clear();
      const result = await withFault(server, token, {
        kind: "redirect",
        location: `${other.address}/v1/${path}`,
        status,
        path: PATH,
      });
      assert.equal(result.code, 78, result.stderr);
      assert.equal(result.stdout, "");
      assert.match(result.stderr, /VAULT_ADDR.*redirects to another host;/);
      assert.equal(readsOf(server).length, 1);
      assert.deepEqual(other.dev.journal.entries, []);
    });
  }

  await test.step("a standby that names an active node: 69 at the deadline, and no token goes there", async () => {
    await using active = await DevVaultServer.start();
    server.dev.setStandby({ status: 429, leader: active.address });
    const result = await run(server, token, {
      CLOUDTASER_VAULT_DEADLINE: "1500ms",
    });
    server.dev.setStandby(undefined);
    assert.equal(result.code, 69, result.stderr);
    assert.equal(result.stdout, "");
    assert.match(
      result.stderr,
      /unavailable for 1\.5s \(HTTP 307 to another host.*standby.*CLOUDTASER_VAULT_DEADLINE/,
    );
    assert.deepEqual(active.dev.journal.entries, []);
  });

  await test.step("a standby without an active node: waits for the election", async () => {
    server.dev.setStandby({ status: 429 });
    await using wrapper = startWrapper(options(server, token));
    await wrapper.waitForLog(/no active Vault node/);
    server.dev.setStandby(undefined);
    const result = await wrapper.ended;
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, "s3cr3t-p4ss\n");
  });

  await test.step("a redirect on the same host is followed", async () => {
    const result = await withFault(server, token, {
      kind: "redirect",
      location: `/v1/${PATH}`,
      path: PATH,
      times: 1,
    });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, "s3cr3t-p4ss\n");
  });

  await test.step("redirects without end: 78", async () => {
    const result = await withFault(server, token, {
      kind: "redirect",
      location: `/v1/${PATH}`,
      path: PATH,
    });
    assert.equal(result.code, 78, result.stderr);
    assert.match(result.stderr, /VAULT_ADDR.*redirects/);
  });
});

function readsOf(server: DevVaultServer) {
  return server.dev.journal.entries.filter(({ path }) => path === PATH);
}

function options(
  server: DevVaultServer,
  token: string,
  more: Record<string, string> = {},
) {
  return {
    args: ["/usr/bin/printenv", "DB_PASSWORD"],
    env: {
      ...vaultEnvironment(server, token),
      VAULT_CLIENT_TIMEOUT: "1s",
      DB_PASSWORD: `vault:${PATH}#password`,
      ...more,
    },
  };
}

async function run(
  server: DevVaultServer,
  token: string,
  more: Record<string, string> = {},
): Promise<WrapperResult> {
  return await runWrapper(options(server, token, more));
}

async function withFault(
  server: DevVaultServer,
  token: string,
  fault: Fault,
  more: Record<string, string> = {},
): Promise<WrapperResult> {
  server.dev.faults.add(fault);
  try {
    return await run(server, token, more);
  } finally {
    server.dev.faults.clear();
  }
}
