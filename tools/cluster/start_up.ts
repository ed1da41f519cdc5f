/** Starts the components of a cluster in order and waits until each is ready. */
import { Api } from "./api.ts";
import * as components from "./components.ts";
import { writeConfiguration } from "./configuration.ts";
import { type Daemons, enterNode } from "./daemons.ts";
import { buildPause, ensureDebian } from "./debian.ts";
import { writeImages } from "./image.ts";
import { writeKubeconfig, writePki } from "./pki.ts";
import { buildContainerd, buildKubernetes } from "./programs.ts";
import { ExposedPort } from "./relay.ts";
import { messageOf } from "../progress.ts";
import { run, words } from "../run.ts";
import { until } from "../until.ts";
import {
  type Files,
  NODE,
  NODE_IP,
  PAUSE_IMAGE,
  type Running,
  SERVICE_IP,
} from "./settings.ts";

const READY_MS = 60_000;
const FOLDERS = words(
  "configuration logs packages pki programs runtime sysctl var/lib var/log var/tmp",
);

/** Pods can be created when these answer. */
const READY = ["/readyz", "/api/v1/namespaces/default/serviceaccounts/default"];

/** Builds and fetches everything that the cache does not have yet. */
export async function prepare() {
  return {
    packages: await ensureDebian(),
    pause: await buildPause(),
    programs: await buildKubernetes(),
    runtime: await buildContainerd(),
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
  const { pause, ...folders } = await prepare();
  await writeState(files);
  const addresses = [`${NODE_IP}/24`, SERVICE_IP];
  const holder = await daemons.hold(folders, addresses);
  daemons.start("etcd", components.etcd());
  daemons.start("containerd", components.containerd(files));
  daemons.start("kube-apiserver", components.apiServer(files));
  const { group } = daemons;
  const { host } = await ExposedPort.open(files, { group, holder }, {
    name: "api",
    connect: `TCP:${NODE_IP}:443`,
    listen: "TCP-LISTEN:0,bind=127.0.0.1",
    on: "machine",
  });
  const address = `https://${host}`;
  await writeKubeconfig(files, files.kubeconfig, address, "admin");
  using api = new Api(address, files);
  await Promise.all([
    importPause(files, holder, pause),
    requireReady("the API server", () => answers(api, "/readyz")),
  ]);
  daemons.start("kube-controller-manager", components.controllers(files));
  daemons.start("kube-scheduler", components.scheduler(files));
  daemons.start("kubelet", components.kubelet(files));
  for (const path of READY) await requireReady(path, () => answers(api, path));
  await requireReady("the node", () => nodeIsReady(api));
  return { supervisor: Deno.pid, holder, group, address };
}

async function importPause(
  files: Files,
  holder: number,
  root: string,
): Promise<void> {
  const archive = `${files.state}/pause.tar`;
  const image = { name: PAUSE_IMAGE, layers: [root], user: "65535:65535" };
  await writeImages(archive, [{ ...image, entrypoint: ["/pause"] }]);
  await requireReady("containerd", async () => {
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
  const ctr = [`${files.runtime}/ctr`, "--namespace=k8s.io"];
  const [nsenter = "", ...args] = enterNode(holder, ["mount", "net"]);
  await run(nsenter, [...args, ...ctr, "images", "import", archive]);
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

/** Errors of `isSo` count as false. @throws {Error} after a minute, with the last one */
async function requireReady(
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  let reason = "";
  const isReady = await until(READY_MS, () =>
    isSo().catch((error) => {
      reason = `: ${messageOf(error)}`;
      return false;
    }));
  if (isReady) return;
  throw new Error(`${what} was not ready within ${READY_MS / 1000} s${reason}`);
}
