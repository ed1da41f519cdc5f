/**
 * Translates Vault's error texts. Vault may quote the request in them, so they
 * are never passed on: they are recognized or dropped.
 */

const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/vault is sealed/i, "Vault is sealed"],
  [/not initialized/i, "Vault is not initialized"],
  [/active cluster node not found|no active node/i, "no active Vault node"],
  [/http request to an https server/i, "the server expects TLS: use https://"],
  [/namespace not found|no namespace|invalid namespace/i, "no such namespace"],
  [/no handler for route/i, "nothing is mounted there"],
  [/no secret engine mount/i, "nothing is mounted there"],
  [/unsupported operation/i, "it cannot be read with GET"],
  [/lease not found|lease expired/i, "the lease is gone"],
  [/encryption key not found/i, "there is no such transit key"],
  [
    /message authentication failed|version is too new|invalid ciphertext/i,
    "the key did not make this ciphertext",
  ],
  [
    /version is disallowed|too old/i,
    "the key no longer decrypts this version of ciphertexts",
  ],
  [/batch tokens? cannot be/i, "a batch token cannot be, it ends by itself"],
  [/not renewable/i, "it is not renewable"],
  [/invalid role or secret id/i, "the role ID or secret ID is not accepted"],
  [/invalid role id/i, "the role ID is not accepted"],
  [/invalid secret id/i, "the secret ID is not accepted"],
  [/missing secret_id/i, "a secret ID is needed"],
  [/role.*could not be found|invalid role name/i, "there is no such role"],
  [/service account name not authorized/i, "the role excludes this account"],
  [/namespace not authorized/i, "the role excludes this namespace"],
  [/audience/i, "the token's audience does not fit the role"],
  [
    /\(sub\) claim|sub claim|bound subject/i,
    "the JWT's subject (sub) does not fit the role",
  ],
  [
    /\(iss\) claim|invalid issuer/i,
    "the JWT's issuer (iss) is not the one that is configured",
  ],
  [
    /\(nbf\) claim|\(iat\) claim|not yet valid|issued in the future/i,
    "the JWT is not valid yet: see the clocks",
  ],
  [
    /claim .{0,80}(?:does not match|not match any)|bound claims/i,
    "a claim of the JWT does not fit the role",
  ],
  [
    /claim .{0,80}(?:is missing|not found)/i,
    "the JWT has no claim that the role asks for",
  ],
  [/token (?:is|has) expired|\(exp\)/i, "the JWT has expired"],
  [/signature/i, "the JWT's signature is not accepted"],
  [
    /unauthorized (?:through|by) CIDR|CIDR restrictions|invalid CIDR/i,
    "the role or secret ID is not bound to this address (bound CIDRs)",
  ],
  [
    /invalid certificate or no client certificate/i,
    "the client certificate is not accepted, or none was sent",
  ],
  [
    /client certificate must be supplied|no client certificate/i,
    "no client certificate was sent",
  ],
  [
    /failed to match all constraints|no chain matching|certificate (?:is )?signed by unknown/i,
    "the client certificate is not accepted",
  ],
  [/too many requests|rate limit|quota/i, "a rate limit"],
  [/invalid token|bad token/i, "the token is not accepted"],
  [/permission denied/i, "permission denied"],
];

/** The meaning of an error response; undefined when unknown. */
export function explainBody(text: string): string | undefined {
  const head = text.slice(0, 4096);
  return KNOWN.find(([pattern]) => pattern.test(head))?.[1];
}
