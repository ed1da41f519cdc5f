/** Starts the components of a cluster in order and waits until each is ready. */
import { Api } from "./api.ts";
import * as components from "./components.ts";
import { writeConfiguration } from "./configuration.ts";
import { type Daemons, enterNode } from "./daemons.ts";
import { buildPause, ensureDebian } from "./debian.ts";
import { writeImages } from "./image.ts";
import { writeKubeconfig, writePki } from "./pki.ts";
import { buildKubernetes } from "./programs.ts";
import { Relay } from "./relay.ts";
import { run } from "../run.ts";
import {
  type Files,
  NODE,
  NODE_IP,
  PAUSE_IMAGE,
  type Running,
  SERVICE_IP,
} from "./settings.ts";

const READY_MS = 60_000;
const FOLDERS = [
  "configuration",
  "logs",
  "packages",
  "pki",
  "programs",
  "sysctl",
  "var/lib",
  "var/log",
  "var/tmp",
];

/** Pods can be created when these answer. */
const READY = ["/readyz", "/api/v1/namespaces/default/serviceaccounts/default"];

/** Builds and fetches everything that the cache does not have yet. */
export async function prepare() {
  return {
    packages: await ensureDebian(),
    pause: await buildPause(),
    programs: await buildKubernetes(),
  };
}

/** Files and folders of a new cluster. */
export async function writeState(files: Files): Promise<void> {
  for (const name of FOLDERS) {
    await Deno.mkdir(`${files.state}/${name}`, { recursive: true });
  }
  await Deno.symlink("/run", `${files.state}/var/run`);
  await Deno.writeTextFile(`${files.state}/sysctl/one`, "1\n");
  await Deno.writeTextFile(`${files.state}/sysctl/ten`, "10\n");
  await writePki(files);
  await writeConfiguration(files);
}

/** Starts everything; resolves when the node is ready. */
export async function startUp(
  files: Files,
  daemons: Daemons,
): Promise<Running> {
  const { programs, packages, pause } = await prepare();
  await writeState(files);
  const addresses = [`${NODE_IP}/24`, SERVICE_IP];
  const holder = await daemons.hold(programs, packages, addresses);
  daemons.start("etcd", components.etcd());
  daemons.start("containerd", components.containerd(files));
  daemons.start("kube-apiserver", components.apiServer(files));
  const address = await startRelays(files, daemons.group, holder);
  await writeKubeconfig(files, files.kubeconfig, address, "admin");
  using api = new Api(address, files);
  await Promise.all([
    importPause(files, holder, pause),
    until("the API server", () => answers(api, "/readyz")),
  ]);
  daemons.start("kube-controller-manager", components.controllers(files));
  daemons.start("kube-scheduler", components.scheduler(files));
  daemons.start("kubelet", components.kubelet(files));
  for (const path of READY) await until(path, () => answers(api, path));
  await until("the node", () => nodeIsReady(api));
  return { supervisor: Deno.pid, holder, group: daemons.group, address };
}

/** Joins the API server to a port of this machine's loopback. @returns its URL there */
async function startRelays(
  files: Files,
  group: string,
  holder: number,
): Promise<string> {
  const socket = `${files.state}/api.sock`;
  await Relay.start({
    files,
    group,
    holder,
    from: `UNIX-LISTEN:${socket}`,
    to: `TCP:${NODE_IP}:443`,
  });
  const { address } = await Relay.start({
    files,
    group,
    from: "TCP-LISTEN:0,bind=127.0.0.1",
    to: `UNIX-CONNECT:${socket}`,
  });
  return `https://${address}`;
}

async function importPause(
  files: Files,
  holder: number,
  root: string,
): Promise<void> {
  const archive = `${files.state}/pause.tar`;
  const entrypoint = ["/pause"];
  const user = "65535:65535";
  await writeImages(archive, [
    { name: PAUSE_IMAGE, layers: [root], user, entrypoint },
  ]);
  await until("containerd", async () => {
    await importImage(files, holder, archive);
    return true;
  });
}

/** Imports an archive into containerd. */
export async function importImage(
  files: Files,
  holder: number,
  archive: string,
): Promise<void> {
  const [command = "", ...words] = [
    ...enterNode(holder, ["mount", "net"]),
    `${files.packages}/usr/bin/ctr`,
    "--namespace=k8s.io",
    "images",
    "import",
    archive,
  ];
  await run(command, words);
}

async function answers(api: Api, path: string): Promise<boolean> {
  return (await api.request("GET", path)).status === 200;
}

async function nodeIsReady(api: Api): Promise<boolean> {
  const { body } = await api.request("GET", `/api/v1/nodes/${NODE}`);
  const conditions: { type: string; status: string }[] =
    body?.status?.conditions ?? [];
  const tainted = (body?.spec?.taints ?? []).length > 0;
  return !tainted &&
    conditions.some(({ type, status }) =>
      type === "Ready" && status === "True"
    );
}

async function until(
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const limit = performance.now() + READY_MS;
  let reason = "";
  while (performance.now() < limit) {
    try {
      if (await isSo()) return;
    } catch (error) {
      reason = `: ${error instanceof Error ? error.message : error}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} was not ready within ${READY_MS / 1000} s${reason}`);
}
