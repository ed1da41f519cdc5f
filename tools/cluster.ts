/**
 * `deno run -A tools/cluster.ts up|down|kubectl|…`: a real Kubernetes of one node
 * on this machine, which runs until `down`.
 */
import { Cluster, endCluster } from "./cluster/cluster.ts";
import { writeManifests } from "./cluster/manifests.ts";
import { buildHelm, buildKubernetes } from "./cluster/programs.ts";
import { runMain, say } from "./progress.ts";

const STATE = "/tmp/cloudtaser-cluster";

const USAGE = `cluster.ts COMMAND
  up              starts it; the first time builds Kubernetes, which takes minutes
  down            ends it and everything that runs in it
  kubectl ARGS…   kubectl of the same version
  helm ARGS…      helm
  env             prints shell commands that point other programs to it
  manifests       renders deploy/manifests from deploy/chart`;

async function up(): Promise<void> {
  using cluster = await Cluster.start({ state: STATE, livesWith: 0 });
  say(`Kubernetes runs. KUBECONFIG=${cluster.kubeconfig}
Logs: ${STATE}/logs. To end it: cluster.ts down`);
}

async function down(): Promise<void> {
  const wasRunning = await endCluster(STATE);
  say(wasRunning ? "The cluster has ended." : "No cluster was running.");
}

async function pass(command: string, args: string[]): Promise<number> {
  using cluster = await Cluster.join(STATE).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("no cluster is running; start it with up");
  });
  const process = new Deno.Command(command, { args, env: cluster.env });
  return (await process.spawn().status).code;
}

const COMMANDS: Readonly<
  Record<string, (args: string[]) => Promise<number | void>>
> = {
  up,
  down,
  kubectl: async (args) => pass(`${await buildKubernetes()}/kubectl`, args),
  helm: async (args) => pass(await buildHelm(), args),
  env: () =>
    Promise.resolve(console.log(`export KUBECONFIG=${STATE}/kubeconfig`)),
  manifests: writeManifests,
};

if (import.meta.main) {
  await runMain("cluster", async () => {
    const [name = "", ...args] = Deno.args;
    if (Object.hasOwn(COMMANDS, name)) return await COMMANDS[name]!(args);
    say(USAGE);
    return 2;
  });
}
