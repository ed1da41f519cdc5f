/** What an operator is told when an enforcer is ready, as lines of the log or as a table. Pure. */
import type { Ready } from "@/protocol/enforcer.ts";
import { REACTIVE_TIER, type Vector } from "./vector.ts";
import { couldClose, isClosed, listActive, VECTORS } from "./vectors.ts";

/** Why a state is no tier in force, where its reason is empty. */
const SILENT = new Set(["passed", "off"]);

/** True when something is refused before it happens, and not only killed afterwards. */
export function refusesAtOnce({ tiers }: Ready): boolean {
  return tiers.some(({ name, state }) =>
    state === "passed" && name !== REACTIVE_TIER
  );
}

/** Ids of what is refused now: none where nothing is refused. */
export function listEnforced(ready: Ready): string[] {
  return ready.enforcing ? listActive(toInForce(ready)) : [];
}

/** Ids of what a tier stops in part: not all of its ways, but these. */
export function listPartly(ready: Ready): string[] {
  if (!ready.enforcing) return [];
  const { passed } = toInForce(ready);
  return VECTORS.filter(({ partly }) =>
    passed.some((tier) => partly.includes(tier))
  ).map(({ id }) => id);
}

/** `Enforcement: 21 vectors active (bpf lsm)`; in detect mode also how many are watched. */
export function renderEnforcement(ready: Ready): string {
  const count = listEnforced(ready).length;
  const watched = ready.enforcing
    ? ""
    : `; ${listActive(toInForce(ready)).length} are watched`;
  return `Enforcement: ${count} vectors active (${
    ready.mode || "no tier passed its self-test"
  })${watched}`;
}

/** Each mechanism that is not in force, and why. */
export function renderTiers({ tiers }: Ready): string[] {
  return tiers.filter(({ state }) => !SILENT.has(state))
    .map(({ name, state, reason }) => `${name}: ${state}${withReason(reason)}`);
}

/** What the operator believes locked and is not; undefined when all of it is. */
export function renderLockGaps(ready: Ready): string | undefined {
  const active = listEnforced(ready);
  const gaps = VECTORS.filter(({ id, needs }) =>
    needs === "lock=on" && !active.includes(id)
  ).map(({ id }) => id);
  return ready.lock && gaps.length > 0
    ? `The lock does not close ${
      gaps.join(", ")
    }: their programs are not attached here`
    : undefined;
}

/** The state of lock, exec and pins, in one line. */
export function renderState(ready: Ready): string {
  const lock = ready.sealed
    ? "lock on, sealed until reboot"
    : `lock ${ready.lock ? "on" : "off"}`;
  const pins = ready.pinned
    ? `pinned: protection outlives the agent${
      ready.adopted
        ? ` (${ready.members} processes were protected already)`
        : ""
    }`
    : "not pinned: protection ends with the agent";
  return `${lock}; exec into protected containers ${
    ready.exec === "allow" ? "allowed" : "denied"
  }; ${pins}`;
}

/** What `agent --check` prints: tiers, notes, vectors. */
export function renderCheck(ready: Ready): string {
  const active = listActive(toInForce(ready));
  const tiers = ready.tiers.map(({ name, state, reason }) =>
    row([name, 16], [state, 10], reason)
  );
  const isMet = (vector: Vector) => isClosed(vector, active);
  const met = refusesAtOnce(ready) ? "refused" : "killed";
  return [
    `Kernel: ${ready.release}`,
    renderEnforcement({ ...ready, enforcing: true }),
    "",
    ...tiers,
    "",
    ...ready.notes.map((note) => `note: ${note}`),
    ...(ready.notes.length > 0 ? [""] : []),
    ...VECTORS.filter(isMet)
      .map(({ id, title }) => row([id, 18], [met, 8], title)),
    ...VECTORS.filter((vector) => !isMet(vector)).map((vector) =>
      row([vector.id, 18], ["open", 8], vector.title + whyOpen(vector, ready))
    ),
    "",
  ].join("\n");
}

function whyOpen(vector: Vector, ready: Ready): string {
  const { open, needs } = vector;
  if (open !== undefined) return ` (${open})`;
  const isMissing = needs === "lock=on" ? !ready.lock : ready.exec === "allow";
  const { passed } = toInForce(ready);
  const isPartly = passed.some((tier) => vector.partly.includes(tier));
  if (isPartly && !(needs && isMissing)) {
    return " (a tier stops the plain ways, not all)";
  }
  return needs && isMissing && couldClose(vector, ready.tiers)
    ? ` (--${needs} closes it)`
    : " (no tier that works here closes it)";
}

function row(...cells: readonly ([string, number] | string)[]): string {
  return cells.map((cell) =>
    typeof cell === "string" ? cell : cell[0].padEnd(cell[1])
  ).join("  ").trimEnd();
}

function withReason(reason: string): string {
  return reason === "" ? "" : ` (${reason})`;
}

function toInForce({ tiers, programs, lock, exec }: Ready) {
  const passed = tiers.filter(({ state }) => state === "passed")
    .map(({ name }) => name);
  return { programs, passed, lock, exec };
}
