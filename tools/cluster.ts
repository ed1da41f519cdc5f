/**
 * `deno run -A tools/cluster.ts up|down|kubectl|…`: a real Kubernetes of one node
 * on this machine, which runs until `down`.
 */
import { Cluster, endCluster } from "./cluster/cluster.ts";
import { writeManifests } from "./cluster/manifests.ts";
import { buildHelm, buildKubernetes } from "./cluster/programs.ts";
import { say } from "./progress.ts";

const STATE = "/tmp/cloudtaser-cluster";

const USAGE = `cluster.ts COMMAND
  up              starts it; the first time builds Kubernetes, which takes minutes
  down            ends it and everything that runs in it
  kubectl ARGS…   kubectl of the same version
  helm ARGS…      helm
  env             prints shell commands that point other programs to it
  manifests       renders deploy/manifests from deploy/chart`;

async function up(): Promise<number> {
  using cluster = await Cluster.start({ state: STATE, livesWith: 0 });
  say(`Kubernetes runs. KUBECONFIG=${cluster.kubeconfig}
Logs: ${STATE}/logs. To end it: cluster.ts down`);
  return 0;
}

async function down(): Promise<number> {
  say(
    await endCluster(STATE)
      ? "The cluster has ended."
      : "No cluster was running.",
  );
  return 0;
}

async function pass(command: string, args: string[]): Promise<number> {
  using cluster = await Cluster.join(STATE);
  const process = new Deno.Command(command, { args, env: cluster.env });
  return (await process.spawn().status).code;
}

async function main([command, ...args]: string[]): Promise<number> {
  if (command === "up") return await up();
  if (command === "down") return await down();
  if (command === "kubectl") {
    return await pass(`${await buildKubernetes()}/kubectl`, args);
  }
  if (command === "helm") return await pass(await buildHelm(), args);
  if (command === "env") {
    console.log(`export KUBECONFIG=${STATE}/kubeconfig`);
    return 0;
  }
  if (command === "manifests") {
    await writeManifests();
    return 0;
  }
  say(USAGE);
  return 2;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    const none = error instanceof Deno.errors.NotFound;
    const message = error instanceof Error ? error.message : String(error);
    say(
      `cluster: ${none ? "no cluster is running; start it with up" : message}`,
    );
    Deno.exit(1);
  }
}
