/**
 * Builds the attacks and their victim, statically, into c/build/attacks/: for
 * machines that have busybox and nothing else. What is up to date is left alone.
 *
 *     deno run -A tests/attacks/build.ts
 */
import {
  COMMON,
  filesIn,
  isFresh,
  make,
  OUT,
  RELEASE,
  ROOT,
} from "../../tools/build/c.ts";

const SOURCES = `${ROOT}tests/attacks`;
const FOLDER = `${OUT}/attacks`;

/** Where the two programs are. */
export interface Attacks {
  readonly attack: string;
  readonly victim: string;
}

/** @throws {Error} when there is no compiler, or it refuses. */
export async function buildAttacks(): Promise<Attacks> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const inputs = await filesIn(SOURCES, /\.[ch]$/);
  inputs.push(new URL(import.meta.url).pathname);
  const sources = inputs.filter((path) => path.endsWith(".c"));
  const ofVictim = (path: string) => /\/victim\w*\.c$/.test(path);
  const units = sources.filter((path) => !ofVictim(path));
  const attack = `${FOLDER}/attack`;
  const victim = `${FOLDER}/victim`;
  const flags = [...COMMON, ...RELEASE, "-static"];
  if (!await isFresh(attack, inputs)) await make(attack, [...flags, ...units]);
  if (!await isFresh(victim, inputs)) {
    await make(victim, [...flags, ...sources.filter(ofVictim)]);
  }
  return { attack, victim };
}

if (import.meta.main) await buildAttacks();
