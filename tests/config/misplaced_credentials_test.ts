/** A credential in a setting that is not for it: no message and no reason quotes it. */
import { doesNotMatch, match, ok, throws } from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import { looksLikeCredential } from "@/base/text.ts";
import { SETTINGS } from "@/config/settings.ts";
import { readCredential } from "@/fetcher/vault/files/setting_file.ts";
import { readTlsFiles } from "@/fetcher/vault/transport/tls_files.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { load } from "./load_config.ts";

const MARK = "CAESIJ1mQqTg7ZcXwWz";
const CREDENTIALS = {
  "a service token": `hvs.${MARK}`,
  "a batch token": `hvb.${MARK}`,
  "an old token": `s.${MARK}aaaa`,
  "a JWT": `eyJhbGciOiJSUzI1NiIs.${MARK}`,
  "a key":
    `-----BEGIN EC PRIVATE KEY-----\n${MARK}\n-----END EC PRIVATE KEY-----`,
  "a secret id": "0d9cae3d-1f53-4e21-8f2b-5f4b9cfd3c1e",
};
const SHOWN = new RegExp(`${MARK}|0d9cae3d`);

for (const [what, credential] of Object.entries(CREDENTIALS)) {
  Deno.test(`a message about a setting does not quote ${what}`, () => {
    let refused = 0;
    for (const { name } of SETTINGS) {
      try {
        load({ A: "vault:p#f", VAULT_ADDR: "https://v", [name]: credential });
      } catch (error) {
        ok(error instanceof ConfigError);
        doesNotMatch(error.message, SHOWN, name);
        refused++;
      }
    }
    ok(refused > 20, `${refused} settings refuse it`);
  });

  Deno.test(`a setting with ${what} in place of a path is not quoted`, () => {
    const reads = [
      () => readCredential("VAULT_TOKEN_FILE", credential),
      () => readTlsFiles({ caCert: credential } as VaultSettings),
      () => readTlsFiles({ caPath: credential } as VaultSettings),
    ];
    for (const read of reads) {
      throws(read, (error: Error) => {
        match(error.message, /^VAULT_\w+ looks like the content itself: /);
        doesNotMatch(error.message, SHOWN);
        return true;
      });
    }
  });
}

Deno.test("paths and ordinary values do not look like credentials", () => {
  const values = [
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "s.pem",
    "hvs/token",
    "ca.crt",
    "eyJ.pem",
    "kubernetes",
    "30s",
    "0d9cae3d",
  ];
  ok(!values.some(looksLikeCredential));
});
