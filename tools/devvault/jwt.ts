/** Reads and verifies JSON Web Tokens (ES256 and RS256), as the method does. */
import { Buffer } from "node:buffer";
import { createPublicKey, verify } from "node:crypto";
import { Refusal } from "./answer.ts";

/** Claims of a token, not yet believed. */
export type Claims = Readonly<Record<string, unknown>>;

/** Claims of a token that one of the keys (PEM) has signed. @throws Refusal */
export function verifiedClaims(token: string, keys: readonly string[]): Claims {
  const parts = token.split(".");
  if (parts.length !== 3) {
    throw signature(
      "go-jose/go-jose: compact JWS format must have three parts",
    );
  }
  const content = Buffer.from(`${parts[0]}.${parts[1]}`);
  const signed = Buffer.from(parts[2] ?? "", "base64url");
  const good = keys.some((pem) => {
    const key = createPublicKey(pem);
    return verify(
      "sha256",
      content,
      { key, dsaEncoding: "ieee-p1363" },
      signed,
    );
  });
  if (!good) {
    throw signature("no known key successfully validated the token signature");
  }
  return parse(parts[1] ?? "");
}

/** Refuses a token out of its time. @throws Refusal */
export function checkTime(claims: Claims): void {
  const now = Date.now() / 1000;
  const LEEWAY_SECONDS = 60;
  if (typeof claims.exp === "number" && claims.exp + LEEWAY_SECONDS < now) {
    throw invalid("invalid expiration time (exp) claim: token is expired");
  }
  if (typeof claims.nbf === "number" && claims.nbf - LEEWAY_SECONDS > now) {
    throw invalid("invalid not before (nbf) claim: token not yet valid");
  }
}

/** A refusal in the words of the method. */
export function invalid(reason: string): Refusal {
  return new Refusal(400, `error validating token: ${reason}`);
}

function signature(reason: string): Refusal {
  return invalid(`error verifying token signature: ${reason}`);
}

function parse(part: string): Claims {
  try {
    return Object(JSON.parse(Buffer.from(part, "base64url").toString()));
  } catch {
    throw invalid("claims are not JSON");
  }
}
