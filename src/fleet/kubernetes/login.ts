/** The user entry of a kubeconfig: what one logs in with. Nothing is run here. */
import type { ExecPlugin, KeyPair, Login } from "./access.ts";
import type { ConfigEntry } from "./kubeconfig.ts";
import { readPem, resolvePath } from "./pem.ts";
import { type Shape, ShapeError } from "./shape.ts";

const API_VERSIONS = [
  "client.authentication.k8s.io/v1",
  "client.authentication.k8s.io/v1beta1",
] as const;
const INTERACTIVE = ["Never", "IfAvailable", "Always"] as const;

/** Acting as somebody with fewer rights than asked for, or more, would be no answer. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  "auth-provider": "was removed from Kubernetes: use exec",
  "as-groups": "is not supported",
  "as-uid": "is not supported",
  "as-user-extra": "is not supported",
};

/** @throws ShapeError naming the field */
export function readLogin(user: ConfigEntry, cluster: ConfigEntry): Login {
  const { body, folder } = user;
  for (const name of body.names()) {
    const why = Object.hasOwn(UNSUPPORTED, name) && UNSUPPORTED[name];
    if (why) throw new ShapeError(`${body.place}.${name} ${why}`);
  }
  const keyPair = readKeyPair(user);
  const token = body.text("token");
  const tokenFile = body.text("tokenFile");
  const username = body.text("username");
  const exec = body.object("exec");
  const impersonate = body.text("as");
  return {
    ...(keyPair && { keyPair }),
    ...(token && { token }),
    ...(tokenFile && { tokenFile: resolvePath(tokenFile, folder) }),
    ...(username && {
      basic: { username, password: body.text("password") ?? "" },
    }),
    ...(exec && { exec: readExec(exec, folder, cluster) }),
    ...(impersonate && { impersonate }),
  };
}

function readKeyPair({ body, folder }: ConfigEntry): KeyPair | undefined {
  const cert = readPem({ body, folder, name: "client-certificate" });
  const key = readPem({ body, folder, name: "client-key" });
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new ShapeError(
    `${body.place} has only one of client-certificate and client-key`,
  );
}

function readExec(
  exec: Shape,
  folder: string,
  cluster: ConfigEntry,
): ExecPlugin {
  const apiVersion = exec.choice("apiVersion", API_VERSIONS);
  const command = exec.text("command");
  if (!apiVersion || !command) {
    throw new ShapeError(`${exec.place} has no apiVersion or no command`);
  }
  const pairs = exec.objects("env").map((one): [string, string] => [
    one.text("name") ?? "",
    one.text("value") ?? "",
  ]);
  return {
    apiVersion,
    // A bare word is looked up in PATH.
    command: command.includes("/") ? resolvePath(command, folder) : command,
    args: exec.texts("args"),
    env: new Map(pairs),
    interactive: exec.choice("interactiveMode", INTERACTIVE) ?? "IfAvailable",
    installHint: exec.text("installHint") ?? "",
    cluster: exec.flag("provideClusterInfo")
      ? describeCluster(cluster)
      : undefined,
  };
}

/** `spec.cluster` of an ExecCredential. */
function describeCluster(
  { body: cluster, folder }: ConfigEntry,
): Record<string, unknown> {
  const name = "certificate-authority";
  const ca = readPem({ body: cluster, folder, name });
  const extension = cluster.objects("extensions").find((one) =>
    one.text("name") === "client.authentication.k8s.io/exec"
  );
  return {
    server: cluster.text("server"),
    "tls-server-name": cluster.text("tls-server-name"),
    "insecure-skip-tls-verify": cluster.flag("insecure-skip-tls-verify") ||
      undefined,
    [`${name}-data`]: ca && new TextEncoder().encode(ca).toBase64(),
    "proxy-url": cluster.text("proxy-url"),
    config: extension?.raw("extension"),
  };
}
