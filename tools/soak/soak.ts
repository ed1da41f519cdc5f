/** One soak: starts everything, makes things happen, and takes samples. */
import { inFolder } from "../../tests/support/agent/node_agent.ts";
import { say, step } from "../progress.ts";
import { sleep } from "../until.ts";
import { type Counts, makeThingsHappen, readCounts } from "./happenings.ts";
import { type Sample, type Series, takeSample } from "./sample.ts";
import { openScene, type Scene } from "./scene.ts";

const PROGRESS_SECONDS = 30;

/** What a soak found out. */
export interface Soak {
  readonly seconds: number;
  readonly counts: Counts;
  readonly series: readonly Series[];
}

/** Runs for this long, or until `isStopped`. @throws {Error} when a wrapper ends early */
export async function soak(
  seconds: number,
  isStopped: () => boolean = () => false,
): Promise<Soak> {
  let found: Soak | undefined;
  await inFolder(async (folder) => {
    await using stack = new AsyncDisposableStack();
    const scene = await step(
      "starting OpenBao, PostgreSQL, two agents, two wrappers",
      () => openScene(stack, folder, (seconds + 300) * 1000),
    );
    found = await watch(scene, seconds, isStopped);
  });
  if (found === undefined) throw new Error("The soak did not run");
  return found;
}

async function watch(
  scene: Scene,
  seconds: number,
  isStopped: () => boolean,
): Promise<Soak> {
  const started = performance.now();
  const now = () => (performance.now() - started) / 1000;
  const isOver = () => isStopped() || now() >= seconds;
  const failure = failWhenOneEnds(scene);
  const sampling = takeSamples(scene, seconds, now, isOver);
  const happening = makeThingsHappen(scene, seconds, isOver);
  const [series, counts] = await Promise.race([
    Promise.all([sampling, happening]),
    failure,
  ]);
  return {
    seconds: Math.round(now()),
    counts: { ...counts, ...await readCounts(scene) },
    series,
  };
}

async function failWhenOneEnds(
  { signalled, restarted, steadyAgent }: Scene,
): Promise<never> {
  const all = [signalled, restarted, steadyAgent.process];
  const { code, stderr } = await Promise.race(all.map(({ ended }) => ended));
  throw new Error(`One ended early (${code}):\n${stderr.slice(-2000)}`);
}

/** At most 720 samples of each process. */
async function takeSamples(
  scene: Scene,
  seconds: number,
  now: () => number,
  isOver: () => boolean,
): Promise<Series[]> {
  const pids = new Map([
    ["wrapper, signal", scene.signalled.pid],
    ["wrapper, restart", scene.restarted.pid],
    ["agent", scene.steadyAgent.process.pid],
    ["enforcer", scene.steadyAgent.enforcerPid],
  ]);
  const period = Math.max(0.5, seconds / 720);
  const all = [...pids].map(([name, pid]) => {
    return { name, pid, samples: new Array<Sample>() };
  });
  let shown = 0;
  for (let next = 0; !isOver(); next += period) {
    await sleep(Math.max(0, (next - now()) * 1000));
    for (const { pid, samples } of all) samples.push(takeSample(pid, now()));
    if (now() - shown < PROGRESS_SECONDS) continue;
    shown = now();
    say(renderProgress(shown, all));
  }
  return all.map(({ name, samples }) => ({ name, samples }));
}

function renderProgress(seconds: number, all: readonly Series[]): string {
  const parts = all.map(({ name, samples }) => {
    const last = samples.at(-1)!;
    const mib = (last.privateKib / 1024).toFixed(1);
    return `${name} ${mib} MiB, ${last.descriptors} descriptors, ${last.threads} threads`;
  });
  return `${(seconds / 60).toFixed(1)} min: ${parts.join("; ")}`;
}
