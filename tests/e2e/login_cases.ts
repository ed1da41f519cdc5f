/** Settings for every login method, and settings whose login Vault refuses. */
import type { OpenBao } from "../../tools/openbao/server.ts";

/** Credentials for the cases. */
export interface Credentials {
  readonly server: OpenBao;
  readonly dir: string;
  readonly token: string;
  readonly roleId: string;
  readonly secretId: string;
  readonly jwt: string;
  readonly strangeJwt: string;
  readonly serviceAccount: string;
  readonly strangeAccount: string;
}

/** Settings of one case. */
export type Environment = Record<string, string>;
type Case = readonly [string, (credentials: Credentials) => Environment];

function file(dir: string, name: string, content: string): string {
  const path = `${dir}/${name}`;
  Deno.writeTextFileSync(path, content, { mode: 0o600 });
  return path;
}

function method(name: string, more: Environment): Environment {
  return { VAULT_AUTH_METHOD: name, ...more };
}

/** A login by JWT with the role `app`. */
function jwtLogin(
  name: "jwt" | "kubernetes",
  jwtFile: string,
  more: Environment = {},
): Environment {
  return method(name, {
    VAULT_AUTH_ROLE: "app",
    VAULT_JWT_FILE: jwtFile,
    ...more,
  });
}

function clientCertificate({ server }: Credentials): Environment {
  const { client } = server.certificates;
  return {
    VAULT_CLIENT_CERT: client.certFile,
    VAULT_CLIENT_KEY: client.keyFile,
  };
}

/** Title and environment of successful logins. */
export const WAYS_IN: readonly Case[] = [
  ["a token in VAULT_TOKEN", ({ token }) => ({ VAULT_TOKEN: token })],
  ["a token in BAO_TOKEN", ({ token }) => ({ BAO_TOKEN: token })],
  ["a token file that ends in a newline", ({ dir, token }) => ({
    VAULT_TOKEN_FILE: file(dir, "token", `${token}\n`),
  })],
  [
    "approle by variables",
    ({ roleId, secretId }) =>
      method("approle", { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: secretId }),
  ],
  ["approle by files", ({ dir, roleId, secretId }) =>
    method("approle", {
      VAULT_ROLE_ID_FILE: file(dir, "role_id", `${roleId}\n`),
      VAULT_SECRET_ID_FILE: file(dir, "secret_id", `${secretId}\n`),
    })],
  ["jwt", ({ dir, jwt }) => jwtLogin("jwt", file(dir, "jwt", jwt))],
  [
    "jwt on a mount with another name",
    ({ dir, jwt }) =>
      jwtLogin("jwt", file(dir, "jwt", jwt), {
        VAULT_AUTH_MOUNT_PATH: "auth/ci/jwt",
      }),
  ],
  [
    "kubernetes",
    ({ dir, serviceAccount }) =>
      jwtLogin("kubernetes", file(dir, "sa", serviceAccount)),
  ],
  ["kubernetes as the default method", ({ dir, serviceAccount }) => ({
    VAULT_AUTH_ROLE: "app",
    VAULT_JWT_FILE: file(dir, "sa", serviceAccount),
  })],
  ["cert with a role", (credentials) =>
    method("cert", {
      VAULT_AUTH_ROLE: "app",
      ...clientCertificate(credentials),
    })],
  [
    "cert without a role",
    (credentials) => method("cert", clientCertificate(credentials)),
  ],
];

/** Title, environment, and the text that the error must contain. */
export const REFUSED: readonly (readonly [...Case, RegExp])[] = [
  ["an unknown token", () => ({ VAULT_TOKEN: "s.unknown" }), /VAULT_TOKEN/],
  [
    "an unknown secret id",
    ({ roleId }) =>
      method("approle", { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: "wrong" }),
    /secret ID/i,
  ],
  [
    "a JWT that another key has signed",
    ({ dir, strangeJwt }) => jwtLogin("jwt", file(dir, "strange", strangeJwt)),
    /jwt/i,
  ],
  [
    "a role that does not exist",
    ({ dir, jwt }) =>
      jwtLogin("jwt", file(dir, "jwt", jwt), { VAULT_AUTH_ROLE: "nosuch" }),
    /role/i,
  ],
  [
    "an unknown service account",
    ({ dir, strangeAccount }) =>
      jwtLogin("kubernetes", file(dir, "strange", strangeAccount)),
    /kubernetes/i,
  ],
  [
    "a method that is not mounted",
    ({ dir, jwt }) =>
      jwtLogin("jwt", file(dir, "jwt", jwt), {
        VAULT_AUTH_MOUNT_PATH: "auth/nosuch",
      }),
    /auth\/nosuch/,
  ],
  [
    "cert without a certificate",
    () => method("cert", { VAULT_AUTH_ROLE: "app" }),
    /VAULT_CLIENT_CERT/,
  ],
  [
    "a JWT file that does not exist",
    ({ dir }) => jwtLogin("jwt", `${dir}/missing`),
    /VAULT_JWT_FILE/,
  ],
];
