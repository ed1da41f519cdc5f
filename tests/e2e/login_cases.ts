import type { OpenBao } from "../../tools/openbao/server.ts";
/** The ways to log in, and the ways to be refused, as data. Not a test. */

/** What the cases can use. */
export interface Furniture {
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
type Case = readonly [string, (furniture: Furniture) => Environment];

function file(dir: string, name: string, content: string): string {
  const path = `${dir}/${name}`;
  Deno.writeTextFileSync(path, content, { mode: 0o600 });
  return path;
}

function method(name: string, more: Environment): Environment {
  return { VAULT_AUTH_METHOD: name, ...more };
}

function clientCertificate({ server }: Furniture): Environment {
  const { client } = server.certificates;
  return {
    VAULT_CLIENT_CERT: client.certFile,
    VAULT_CLIENT_KEY: client.keyFile,
  };
}

/** Title and environment of what works. */
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
  ["jwt", ({ dir, jwt }) =>
    method("jwt", {
      VAULT_AUTH_ROLE: "app",
      VAULT_JWT_FILE: file(dir, "jwt", jwt),
    })],
  ["jwt on a mount of another name", ({ dir, jwt }) =>
    method("jwt", {
      VAULT_AUTH_ROLE: "app",
      VAULT_AUTH_MOUNT_PATH: "auth/ci/jwt",
      VAULT_JWT_FILE: file(dir, "jwt", jwt),
    })],
  ["kubernetes", ({ dir, serviceAccount }) =>
    method("kubernetes", {
      VAULT_AUTH_ROLE: "app",
      VAULT_JWT_FILE: file(dir, "sa", serviceAccount),
    })],
  ["kubernetes without saying so", ({ dir, serviceAccount }) => ({
    VAULT_AUTH_ROLE: "app",
    VAULT_JWT_FILE: file(dir, "sa", serviceAccount),
  })],
  ["cert with a role", (furniture) =>
    method("cert", {
      VAULT_AUTH_ROLE: "app",
      ...clientCertificate(furniture),
    })],
  [
    "cert without a role",
    (furniture) => method("cert", clientCertificate(furniture)),
  ],
];

/** Title, environment, and what the one line must name. */
export const REFUSED: readonly (readonly [...Case, RegExp])[] = [
  [
    "a token that is not known",
    () => ({ VAULT_TOKEN: "s.unknown" }),
    /VAULT_TOKEN/,
  ],
  [
    "a secret id that is not known",
    ({ roleId }) =>
      method("approle", { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: "wrong" }),
    /secret ID/i,
  ],
  ["a JWT of another issuer's key", ({ dir, strangeJwt }) =>
    method("jwt", {
      VAULT_AUTH_ROLE: "app",
      VAULT_JWT_FILE: file(dir, "strange", strangeJwt),
    }), /jwt/i],
  ["a role that is not there", ({ dir, jwt }) =>
    method("jwt", {
      VAULT_AUTH_ROLE: "nosuch",
      VAULT_JWT_FILE: file(dir, "jwt", jwt),
    }), /role/i],
  [
    "a service account that is not known",
    ({ dir, strangeAccount }) =>
      method("kubernetes", {
        VAULT_AUTH_ROLE: "app",
        VAULT_JWT_FILE: file(dir, "strange", strangeAccount),
      }),
    /kubernetes/i,
  ],
  ["a method that is not mounted", ({ dir, jwt }) =>
    method("jwt", {
      VAULT_AUTH_ROLE: "app",
      VAULT_AUTH_MOUNT_PATH: "auth/nosuch",
      VAULT_JWT_FILE: file(dir, "jwt", jwt),
    }), /auth\/nosuch/],
  [
    "cert without a certificate",
    () => method("cert", { VAULT_AUTH_ROLE: "app" }),
    /VAULT_CLIENT_CERT/,
  ],
  ["a JWT file that is not there", ({ dir }) =>
    method("jwt", {
      VAULT_AUTH_ROLE: "app",
      VAULT_JWT_FILE: `${dir}/missing`,
    }), /VAULT_JWT_FILE/],
];
