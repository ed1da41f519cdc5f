/** Names in certificates are an attacker's text until the chain is verified. */
import assert from "node:assert/strict";
import { readCertificate } from "@/wrapper/checks/attestation/chain/certificate.ts";
import { issue, makeKeys, P384 } from "./authority.ts";

Deno.test("a certificate's name is short and printable in evidence", async () => {
  const keys = await makeKeys(P384);
  const name = `ARK\u001b[2J\u200b\u0022 ${"x".repeat(1000)}`;
  const { issuerName, name: subject } = readCertificate(
    await issue({
      name: `ARK\u001b[2J${"x".repeat(1000)}`,
      issuer: name,
      keys,
      signer: keys,
    }),
  );
  for (const text of [issuerName, subject]) {
    assert.match(text, /^ARK[\x20-\x7e…]{1,62}$/, text);
    assert.ok(!text.includes('"'), text);
  }
});
