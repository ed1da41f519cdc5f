/** What happens to the wrappers during a soak, how often, and how many times it did. */
import { runWrapper, type Wrapper } from "../../tests/support/wrapper.ts";
import { post } from "../openbao/api.ts";
import { messageOf, say } from "../progress.ts";
import { sleep } from "../until.ts";
import type { Scene } from "./scene.ts";

/** How many times each thing happened. */
export type Counts = Readonly<Record<string, number>>;

/** Seconds between two, at most a third of the run. */
const PERIODS = {
  scrapes: 1,
  signalsSent: 1,
  brokenRequests: 3,
  secretsWritten: 7,
  shortLives: 10,
  agentRestarts: 47,
  vaultRestarts: 61,
} as const;
type Kind = keyof typeof PERIODS;

const PAGES = ["/metrics", "/v1/status", "/healthz", "/readyz", "/nothing"];
const BROKEN = [
  "GET /metrics HTTP/1.1\r\nHost: x",
  "POST /v1/unseal HTTP/1.1\r\ncontent-length: 9999\r\n\r\n{",
  `GET /${"x".repeat(9000)} HTTP/1.1\r\n\r\n`,
  "\x16\x03\x01 not HTTP\r\n\r\n",
];

/** Makes everything happen until `isOver` says so. @returns how often it did */
export async function makeThingsHappen(
  scene: Scene,
  seconds: number,
  isOver: () => boolean,
): Promise<Counts> {
  const work: Record<Kind, () => Promise<void>> = {
    scrapes: () => scrape(scene),
    signalsSent: () => Promise.resolve(scene.signalled.signal("SIGUSR2")),
    brokenRequests: () => sendBroken(scene.signalled),
    secretsWritten: () => writeSecret(scene),
    shortLives: () => runShortly(scene),
    agentRestarts: () => scene.restartAgent(),
    vaultRestarts: () => restartVault(scene),
  };
  const counts: Record<string, number> = { troubles: 0 };
  const repeat = async (kind: Kind) => {
    counts[kind] = 0;
    const period = Math.min(PERIODS[kind], seconds / 3);
    for (let next = period;; next += period) {
      while (performance.now() < started + next * 1000) {
        if (isOver()) return;
        await sleep(200);
      }
      try {
        await work[kind]();
        counts[kind]++;
      } catch (error) {
        // Vault may be down at this moment. A wrapper that ended fails the soak.
        counts.troubles!++;
        say(`soak: ${kind}: ${messageOf(error).split("\n")[0]}`);
      }
    }
  };
  const started = performance.now();
  await Promise.all(Object.keys(PERIODS).map((kind) => repeat(kind as Kind)));
  return counts;
}

async function scrape({ signalled, restarted, steadyAgent }: Scene) {
  for (const path of PAGES) {
    await Promise.all([
      signalled.page(path),
      restarted.page(path),
      steadyAgent.page(path),
    ]);
  }
}

/** Requests that are broken off, too long, or something else. */
async function sendBroken({ listen }: Wrapper): Promise<void> {
  const [hostname = "", port] = listen.split(":");
  for (const text of BROKEN) {
    using connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(text));
    await sleep(50);
  }
}

/** It is away for longer than a lease lives and a fetcher tries. */
async function restartVault({ server }: Scene): Promise<void> {
  await server.kill();
  await sleep(5000);
  await server.restart();
}

async function writeSecret({ server }: Scene): Promise<void> {
  const data = { password: crypto.randomUUID(), username: "app-user" };
  await post(server, "secret/data/app", { data });
}

/** Another wrapper that registers with the agent, starts an application, and ends. */
async function runShortly({ env }: Scene): Promise<void> {
  const { code, stderr } = await runWrapper({ args: ["/bin/true"], env });
  if (code !== 0) throw new Error(stderr.trim().split("\n").at(-1) ?? "");
}

/** What the wrappers counted themselves, and what the application saw. */
export async function readCounts(
  { signalled, restarted }: Scene,
): Promise<Counts> {
  const [first, second] = await Promise.all([
    signalled.page("/metrics"),
    restarted.page("/metrics"),
  ]);
  const seen = (word: string) => signalled.stdout.text.split(word).length - 1;
  return {
    proofs: sum(first, "cloudtaser_proofs_total"),
    renewals: sum(first, "cloudtaser_lease_renewals_total"),
    renewalFailures: sum(first, "cloudtaser_lease_renewal_failures_total"),
    fetchers: sum(first, "cloudtaser_fetch_duration_seconds_count"),
    orphansReaped: sum(first, "cloudtaser_orphans_reaped_total"),
    applicationRestarts: sum(second, "cloudtaser_application_restarts_total"),
    signalsSeen: seen("usr2\n"),
    rotationsSeen: seen("rotated\n"),
  };
}

/** Of all labels. */
function sum(metrics: string, name: string): number {
  const lines = metrics.split("\n")
    .filter((line) =>
      line.startsWith(`${name} `) || line.startsWith(`${name}{`)
    );
  return lines.reduce((all, line) => all + Number(line.split(" ").at(-1)), 0);
}
