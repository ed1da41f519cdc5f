/** Certificates and keys of one cluster: authority, API server, administrator, node, control plane. */
import { generateKeyPairSync } from "node:crypto";
import { Authority, type Identity, type Subject } from "../certificates.ts";
import { type Files, NODE, NODE_IP, SERVICE_IP } from "./settings.ts";

const DAYS = 30;
const SERVICE = "kubernetes.default.svc";

/** File name → subject. The API server authenticates clients by these names only. */
const SUBJECTS: Readonly<Record<string, Subject>> = {
  server: {
    name: "CN=kube-apiserver",
    hosts: [NODE_IP, SERVICE_IP, "127.0.0.1", "localhost", SERVICE],
  },
  admin: { name: "O=system:masters, CN=admin" },
  node: { name: `O=system:nodes, CN=system:node:${NODE}` },
  scheduler: { name: "CN=system:kube-scheduler" },
  controllers: { name: "O=system:masters, CN=system:kube-controller-manager" },
};

/** Writes all of them to `pki/`. */
export async function writePki(files: Files): Promise<void> {
  const authority = await Authority.create("cluster");
  await write(files, "ca", authority.identity);
  for (const [name, subject] of Object.entries(SUBJECTS)) {
    await write(files, name, await authority.issue({ ...subject, days: DAYS }));
  }
  // The controllers sign service account tokens with it, the API server verifies them.
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  await Deno.writeTextFile(files.pki("accounts.key"), key, { mode: 0o600 });
}

async function write(
  files: Files,
  name: string,
  { cert, key }: Identity,
): Promise<void> {
  await Deno.writeTextFile(files.pki(`${name}.crt`), cert);
  await Deno.writeTextFile(files.pki(`${name}.key`), key, { mode: 0o600 });
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
  const name = "cloudtaser";
  // JSON is YAML.
  const text = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    users: [{ name: client, user }],
    contexts: [{ name, context: { cluster: name, user: client } }],
    "current-context": name,
  });
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}
