/** Runs a fetch in a process of its own, with certificates, and expects its value or its error. */
import assert from "node:assert/strict";
import {
  type Certificates,
  makeCertificates,
} from "../../../tools/openbao/certificates.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { makeSettings } from "./fake_vault.ts";

const CLIENT = new URL("./tls_client.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;

/** Output of the client's process: the value, or the error. */
interface Outcome {
  readonly value?: string;
  readonly error?: string;
  readonly message?: string;
}

const FLAGS = ["-A", "-q", "--no-check", "--config", CONFIG];

export async function runClient(
  address: string,
  more: Partial<VaultSettings>,
): Promise<Outcome> {
  const settings = JSON.stringify(makeSettings(address, more));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...FLAGS, CLIENT, settings],
    // The wrapper's entry stub gives Deno no environment of the user's either.
    clearEnv: true,
    env: { HOME: Deno.env.get("HOME") ?? "/root", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.notEqual(text, "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

/** Runs the client, which must fail. */
export async function failure(
  address: string,
  more: Partial<VaultSettings>,
  words: RegExp,
  kind = "ConfigError",
): Promise<void> {
  const { error, message } = await runClient(address, more);
  assert.equal(error, kind, message ?? "no error");
  assert.match(message ?? "", words);
}

export async function withCertificates(
  use: (c: Certificates) => Promise<void>,
) {
  const dir = await Deno.makeTempDir();
  try {
    await use(makeCertificates(dir));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
