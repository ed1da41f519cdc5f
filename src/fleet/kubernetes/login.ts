/** Reads how to log in from the user entry of a kubeconfig. It runs no credential plugin. */
import * as v from "valibot";
import type { ExecPlugin, KeyPair, Login } from "./access.ts";
import { CLUSTER, type ConfigEntry } from "./kubeconfig.ts";
import { readPem, resolvePath } from "./pem.ts";
import { flag, list, object, parse, SchemaError, text } from "./schema.ts";

const EXEC = object({
  apiVersion: v.picklist([
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1beta1",
  ]),
  command: v.pipe(v.string(), v.minLength(1)),
  args: list(v.string()),
  env: list(object({ name: v.string(), value: v.nullish(v.string(), "") })),
  interactiveMode: v.nullish(
    v.picklist(["Never", "IfAvailable", "Always"]),
    "IfAvailable",
  ),
  installHint: v.nullish(v.string(), ""),
  provideClusterInfo: flag,
});

/** Refused: without impersonation the user would have other rights than configured. */
const unsupported = v.optional(v.never("is not supported"));

const USER = object({
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  exec: v.nullish(EXEC),
  "auth-provider": v.optional(v.never("was removed from Kubernetes: use exec")),
  "as-groups": unsupported,
  "as-uid": unsupported,
  "as-user-extra": unsupported,
});

/** @throws SchemaError naming the field */
export function readLogin(user: ConfigEntry, cluster: ConfigEntry): Login {
  const { folder, place } = user;
  const body = parse(USER, user.body, place);
  const { token, tokenFile, username, password, exec, as } = body;
  const keyPair = readKeyPair(body, folder, place);
  return {
    ...(keyPair && { keyPair }),
    ...(token && { token }),
    ...(tokenFile && { tokenFile: resolvePath(tokenFile, folder) }),
    ...(username && { basic: { username, password: password ?? "" } }),
    ...(exec && { exec: readExec(exec, folder, cluster) }),
    ...(as && { impersonate: as }),
  };
}

function readKeyPair(
  body: v.InferOutput<typeof USER>,
  folder: string,
  place: string,
): KeyPair | undefined {
  const cert = readPem({ body, folder, name: "client-certificate" });
  const key = readPem({ body, folder, name: "client-key" });
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new SchemaError(
    `${place} has only one of client-certificate and client-key`,
  );
}

function readExec(
  exec: v.InferOutput<typeof EXEC>,
  folder: string,
  cluster: ConfigEntry,
): ExecPlugin {
  const { apiVersion, command, args, env, installHint } = exec;
  return {
    apiVersion,
    // A command without a slash is searched in PATH.
    command: command.includes("/") ? resolvePath(command, folder) : command,
    args,
    env: new Map(env.map(({ name, value }) => [name, value])),
    interactive: exec.interactiveMode,
    installHint,
    cluster: exec.provideClusterInfo ? describeCluster(cluster) : undefined,
  };
}

const EXTENSIONS = list(
  object({ name: text, extension: v.optional(v.unknown()) }),
);

/** `spec.cluster` of an ExecCredential. */
function describeCluster(
  { body, folder, place }: ConfigEntry,
): Record<string, unknown> {
  const cluster = parse(CLUSTER, body, place);
  const name = "certificate-authority";
  const ca = readPem({ body: cluster, folder, name });
  return {
    server: cluster.server,
    "tls-server-name": cluster["tls-server-name"],
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"] ||
      undefined,
    [`${name}-data`]: ca && new TextEncoder().encode(ca).toBase64(),
    "proxy-url": cluster["proxy-url"],
    config: parse(EXTENSIONS, cluster.extensions, `${place}.extensions`).find((
      one,
    ) => one.name === "client.authentication.k8s.io/exec")?.extension,
  };
}
