/**
 * The development Vault against the real OpenBao: the same calls, one after
 * the other, must get the same answers. So that the stand-in cannot drift.
 */
import assert from "node:assert/strict";
import { CALLS, type Memory } from "./conformance_calls.ts";
import { DevVaultServer } from "../support/dev_vault.ts";
import { OpenBao } from "../support/openbao.ts";
import { Postgres } from "../support/postgres.ts";
import { JwtSigner } from "../support/signed_jwt.ts";
import { TokenReviewServer } from "../support/token_review.ts";
import {
  setUpAppRole,
  setUpCert,
  setUpDatabase,
  setUpDatabaseRole,
  setUpJwt,
  setUpKubernetes,
  setUpSecrets,
} from "../support/vault_setup.ts";
import type { ApiAnswer, VaultServer } from "../support/vault_server.ts";

/** Fields whose values are a server's own; only their type is compared. */
const OWN = new Set([
  "accessor",
  "client_token",
  "created_time",
  "creation_time",
  "deletion_time",
  "entity_id",
  "expire_time",
  "id",
  "issue_time",
  "last_renewal",
  "lease_id",
  "password",
  "request_id",
  "secret_id",
  "secret_id_accessor",
  "role_id",
  "serial_number",
  "server_time_utc",
  "storage_type",
  "cluster_name",
  "cluster_id",
  "updated_time",
  "username",
  "uuid",
]);

/** Fields that the development Vault leaves empty: nothing needs them. */
const LEFT_OUT = new Set(["authority_key_id", "subject_key_id"]);

Deno.test("the development Vault answers every call as OpenBao does", async (t) => {
  await using postgres = await Postgres.start();
  await using reviews = new TokenReviewServer();
  await using real = await OpenBao.start();
  await using dev = await DevVaultServer.start();
  const signer = new JwtSigner();
  const [ofReal, ofDev] = await Promise.all([
    furnish(real, { postgres, reviews, signer }),
    furnish(dev, { postgres, reviews, signer }),
  ]);
  for (const [name, call] of CALLS) {
    await t.step(name, async () => {
      await earlyInASecond();
      const [wanted, got] = await Promise.all([
        call(real, ofReal),
        call(dev, ofDev),
      ]);
      assert.deepEqual(comparable(got), comparable(wanted));
    });
  }
});

/**
 * Vault counts in rounded seconds. Both servers are asked in the first third
 * of one second, so that they round alike and times can be compared exactly.
 */
async function earlyInASecond(): Promise<void> {
  const at = Date.now() % 1000;
  if (at >= 20 && at < 350) return;
  await new Promise((resolve) => setTimeout(resolve, (1020 - at) % 1000));
}

interface Parts {
  readonly postgres: Postgres;
  readonly reviews: TokenReviewServer;
  readonly signer: JwtSigner;
}

async function furnish(server: VaultServer, parts: Parts): Promise<Memory> {
  await setUpSecrets(server);
  const approle = await setUpAppRole(server);
  await setUpJwt(server, parts.signer);
  await setUpKubernetes(server, parts.reviews.address);
  await setUpCert(server);
  await setUpDatabase(server, parts.postgres);
  await setUpDatabaseRole(server, "r", { ttl: "30s", maxTtl: "60s" });
  return { ...approle, signer: parts.signer, reviews: parts.reviews, kept: {} };
}

function comparable(answer: ApiAnswer): Record<string, unknown> {
  return {
    status: answer.status,
    contentType: answer.headers.get("content-type"),
    cacheControl: answer.headers.get("cache-control"),
    body: shape(answer.body),
  };
}

function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, content]) => [
      name,
      OWN.has(name) ? kind(content) : shape(content),
    ]);
  return Object.fromEntries(entries);
}

/** The type of a value; empty text is not the same as some text. */
function kind(value: unknown): string {
  if (value === null) return "null";
  return value === "" ? "empty" : typeof value;
}
