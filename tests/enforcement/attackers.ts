/** Runs the attack programs in a machine, in the orders that they need, and reads their results. */
import {
  type AttackRow,
  isRefused,
  parseResults,
  type Results,
} from "../attacks/results.ts";
import { type Guest, PINS, SOCKET, type Victim, waitFor } from "./guest.ts";

/** The longest that all attacks in a row may take. */
const ALL_MS = 240_000;

/** One attack, or `--all`. */
export async function attack(
  guest: Guest,
  row: string,
  { pid, facts }: Victim,
  ...options: readonly string[]
): Promise<Results> {
  const words = ["--no-check", ...options, row, pid, facts].join(" ");
  return parseResults(await guest.do(`attack ${words}`, ALL_MS));
}

/** The result of one attack. @throws {Error} without one */
export async function attackOnce(
  guest: Guest,
  row: string,
  victim: Victim,
  ...options: readonly string[]
): Promise<string> {
  const result = (await attack(guest, row, victim, ...options)).get(row);
  if (result === undefined) throw new Error(`${row}: no result`);
  return result;
}

/** Attacks that began before protection did. */
export interface HeldAttacks {
  /** Their second halves. */
  finish(): Promise<Results>;
}

/** The agent refuses a process that is watched already, so each of these has a victim of its own. */
const WATCHES = ["earlier_trace", "earlier_perf"];

/** A victim, attackers that open what they can of it, and only then its protection. */
export async function holdAttacks(
  guest: Guest,
  rows: readonly AttackRow[],
): Promise<HeldAttacks> {
  const names = rows.filter(({ holds, name }) =>
    holds && !WATCHES.includes(name)
  ).map(({ name }) => name);
  const watched: Results = new Map();
  for (const row of WATCHES) watched.set(row, await holdWatch(guest, row));
  const [protect, go, held] = ["/tmp/protect", "/tmp/go", "/tmp/held"];
  await guest.do(`rm -rf ${protect} ${go} ${held}; mkdir ${held}`);
  const victim = await guest.startVictim(
    `--agent=${SOCKET}`,
    `--when=${protect}`,
  );
  const { pid, facts } = victim;
  await guest.do(`for row in ${names.join(" ")}; do
      attack --hold $row ${pid} ${facts} --trigger=${go} \
        >${held}/$row 2>&1 </dev/null &
    done
    ${waitFor(`[ $(grep -l ^holding ${held}/* | wc -l) = ${names.length} ]`)}`);
  await guest.protect(victim, protect);
  return {
    async finish() {
      const output = await guest.do(`touch ${go}
        ${waitFor("! pidof attack >/dev/null")}
        cat ${held}/*; kill -9 ${pid}`);
      return new Map([...parseResults(output), ...watched]);
    },
  };
}

/** Whether the agent refuses a victim that is watched; if not, the attacker's result. */
async function holdWatch(guest: Guest, row: string): Promise<string> {
  const [protect, go, out] = ["/tmp/protect", "/tmp/go", "/tmp/watch"]
    .map((path) => `${path}_${row}`);
  await guest.do(`rm -f ${protect} ${go} ${out}`);
  const { pid, facts } = await guest.startVictim(
    `--agent=${SOCKET}`,
    `--when=${protect}`,
  );
  const refused = `grep -q "is traced" ${facts}.log`;
  const output = await guest.do(`
    attack --hold ${row} ${pid} ${facts} --trigger=${go} >${out} 2>&1 &
    ${waitFor(`grep -qs ^holding ${out}`)}
    touch ${protect}
    ${waitFor(`${refused} || grep -q "protected 1" ${facts}`)}
    ${refused} && { kill -9 $(pidof attack); echo refused; exit; }
    touch ${go}
    wait $!
    cat ${out}`);
  await guest.end(pid);
  if (output.endsWith("refused\n")) {
    return "n/a: the agent refuses a process that is watched";
  }
  const result = parseResults(output).get(row);
  if (result === undefined) throw new Error(`${row}: ${output}`);
  return result;
}

/** One victim for each attack that ends its victim. */
export async function startFresh(
  guest: Guest,
  rows: readonly AttackRow[],
): Promise<Map<AttackRow, Victim>> {
  const ending = rows.filter((row) =>
    row.endsVictim && !row.hitsAgent && !row.holds
  );
  const victims = await guest.startVictims(ending.length, `--agent=${SOCKET}`);
  return new Map(ending.map((row, i) => [row, victims[i]!]));
}

/** Attacks each its own victim. */
export async function attackFresh(
  guest: Guest,
  fresh: ReadonlyMap<AttackRow, Victim>,
): Promise<Results> {
  const commands = [...fresh].map(([{ name }, { pid, facts }]) =>
    `attack --no-check --disposable ${name} ${pid} ${facts}`
  );
  const results = parseResults(await guest.do(commands.join("\n"), ALL_MS));
  await guest.end(...[...fresh.values()].map(({ pid }) => pid));
  return results;
}

/** Attacks on the agent and on the maps and pins of the protection; `renew` restores both. */
export async function attackAgent(
  guest: Guest,
  rows: readonly AttackRow[],
  renew: (row: AttackRow) => Promise<void>,
): Promise<Results> {
  const results: Results = new Map();
  let victim = await guest.startVictim(`--agent=${SOCKET}`);
  for (const row of rows.filter((row) => row.hitsAgent)) {
    const result = await attackAgentOnce(guest, row, victim);
    results.set(row.name, result);
    if (isRefused(result)) continue;
    // A new victim even if all is whole: its map entry may be damaged.
    await guest.end(victim.pid);
    if (!await isWhole(guest)) await renew(row);
    victim = await guest.startVictim(`--agent=${SOCKET}`);
  }
  await guest.end(victim.pid);
  return results;
}

async function attackAgentOnce(
  guest: Guest,
  { name }: AttackRow,
  victim: Victim,
): Promise<string> {
  const pids = await guest.agentPids();
  if (!pids) throw new Error(`${name}: no agent to attack`);
  return await attackOnce(
    guest,
    name,
    victim,
    "--disposable",
    `--agent-pid=${pids[0]}`,
    `--enforcer-pid=${pids[1]}`,
    `--agent=${SOCKET}`,
  );
}

/** Whether agent and enforcer run, the pins are in place, and a new victim is protected. */
async function isWhole(guest: Guest): Promise<boolean> {
  const pins = await guest.try(`[ -d ${PINS} ]`);
  if (pins.code !== 0 || !await guest.agentPids()) return false;
  try {
    const victim = await guest.startVictim(`--agent=${SOCKET}`);
    const result = await attackOnce(guest, "vm_readv", victim);
    await guest.end(victim.pid);
    return result === "EPERM";
  } catch {
    return false;
  }
}
