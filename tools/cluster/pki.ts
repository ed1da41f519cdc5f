/**
 * Certificates and keys of one cluster, by openssl: an authority, the API
 * server, an administrator, the node, and what the control plane logs in with.
 */
import { NODE, NODE_IP, SERVICE_IP } from "./settings.ts";
import type { Files } from "./settings.ts";
import { run } from "./run.ts";

const DAYS = "30";
const NEW_KEY = [
  "-newkey",
  "ec",
  "-pkeyopt",
  "ec_paramgen_curve:P-256",
  "-nodes",
  "-days",
  DAYS,
];

const SERVER = [
  `IP:${NODE_IP}`,
  `IP:${SERVICE_IP}`,
  "IP:127.0.0.1",
  "DNS:localhost",
  "DNS:kubernetes.default.svc",
];

/** Certificate → who it says that its holder is. The API server knows nobody else. */
const CLIENTS: Readonly<Record<string, string>> = {
  admin: "/O=system:masters/CN=admin",
  node: `/O=system:nodes/CN=system:node:${NODE}`,
  scheduler: "/CN=system:kube-scheduler",
  controllers: "/O=system:masters/CN=system:kube-controller-manager",
};

/** Writes all of it into `pki/`. */
export async function writePki(files: Files): Promise<void> {
  const [key, cert] = [files.pki("ca.key"), files.pki("ca.crt")];
  const extension = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  const self = [
    "req",
    "-x509",
    ...NEW_KEY,
    ...extension,
    "-subj",
    "/CN=cluster",
  ];
  await run("openssl", [...self, "-keyout", key, "-out", cert]);
  await Promise.all([
    run("openssl", ["genrsa", "-out", files.pki("accounts.key"), "2048"]),
    sign(files, "server", "/CN=kube-apiserver", [
      `subjectAltName=${SERVER.join(",")}`,
      "extendedKeyUsage=serverAuth",
    ]),
    ...Object.entries(CLIENTS).map(([name, subject]) =>
      sign(files, name, subject, ["extendedKeyUsage=clientAuth"])
    ),
  ]);
}

async function sign(
  files: Files,
  name: string,
  subject: string,
  extensions: readonly string[],
): Promise<void> {
  await run("openssl", [
    "req",
    "-x509",
    ...NEW_KEY,
    "-subj",
    subject,
    ...["basicConstraints=critical,CA:FALSE", ...extensions].flatMap((text) => [
      "-addext",
      text,
    ]),
    "-CA",
    files.pki("ca.crt"),
    "-CAkey",
    files.pki("ca.key"),
    "-keyout",
    files.pki(`${name}.key`),
    "-out",
    files.pki(`${name}.crt`),
  ]);
}

/** Writes a kubeconfig for the holder of a certificate. */
export async function writeKubeconfig(
  files: Files,
  path: string,
  server: string,
  client: string,
): Promise<void> {
  const data = async (name: string) =>
    new Uint8Array(await Deno.readFile(files.pki(name))).toBase64();
  const cluster = {
    server,
    "certificate-authority-data": await data("ca.crt"),
  };
  const user = {
    "client-certificate-data": await data(`${client}.crt`),
    "client-key-data": await data(`${client}.key`),
  };
  // JSON is YAML.
  const text = JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "cloudtaser", cluster }],
      users: [{ name: client, user }],
      contexts: [{
        name: "cloudtaser",
        context: { cluster: "cloudtaser", user: client },
      }],
      "current-context": "cloudtaser",
    },
    null,
    2,
  );
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}
