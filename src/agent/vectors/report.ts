/** What is in force, as log lines and as the table of `agent --check`. */
import type { Ready } from "@/protocol/enforcer.ts";
import { couldClose, existsOn, isClosed, listActive } from "./coverage.ts";
import { type Arch, type Vector, VECTORS } from "./table.ts";
import { REACTIVE_KILL } from "@/protocol/agent.ts";

/** The processor of this machine. */
const HOST: Arch = Deno.build.arch;

/** True when a backend blocks attacks before they happen, not only kills afterwards. */
export function blocksSynchronously({ backends }: Ready): boolean {
  return backends.some(({ name, state }) =>
    state === "passed" && name !== REACTIVE_KILL
  );
}

/** Ids of the vectors that are closed now; none in detect mode. */
export function listEnforced(ready: Ready, arch: Arch = HOST): string[] {
  return ready.enforcing ? listActive(toInForce(ready, arch)) : [];
}

/** Ids of the vectors of which a passed backend blocks only direct paths. */
export function listPartly(ready: Ready): string[] {
  if (!ready.enforcing) return [];
  const { passed } = toInForce(ready);
  return VECTORS.filter(({ partly }) =>
    passed.some((backend) => partly.includes(backend))
  ).map(({ id }) => id);
}

/** `Enforcement: 21 vectors active (bpf lsm)`; in detect mode also how many are monitored. */
export function renderEnforcement(ready: Ready): string {
  const count = listEnforced(ready).length;
  const monitored = ready.enforcing
    ? ""
    : `; ${listActive(toInForce(ready)).length} monitored`;
  return `Enforcement: ${count} vectors active (${
    ready.mode || "no backend passed its self-test"
  })${monitored}`;
}

/** Each backend that is not in force, with the reason. */
export function renderBackends({ backends }: Ready): string[] {
  return backends.filter(({ state }) => state !== "passed" && state !== "off")
    .map(({ name, state, reason }) =>
      `${name}: ${state}${reason === "" ? "" : ` (${reason})`}`
    );
}

/** The vectors that the lock should close and does not; undefined when it closes all. */
export function renderLockGaps(
  ready: Ready,
  arch: Arch = HOST,
): string | undefined {
  const active = listEnforced(ready, arch);
  const gaps = VECTORS.filter((vector) =>
    vector.needs === "lock=on" && !active.includes(vector.id) &&
    existsOn(arch, vector)
  ).map(({ id }) => id);
  return ready.lock && gaps.length > 0
    ? `The lock does not close ${
      gaps.join(", ")
    }: their programs do not attach on this kernel`
    : undefined;
}

/** Lock, exec and pins in one line. */
export function renderState(ready: Ready): string {
  const lock = ready.irrevocable
    ? "lock on, irrevocable until reboot"
    : `lock ${ready.lock ? "on" : "off"}`;
  const adopted = ready.adopted
    ? ` (${ready.processes} processes already protected)`
    : "";
  const pins = ready.pinned
    ? `pinned: protection outlives the agent${adopted}`
    : "not pinned: protection ends with the agent";
  const exec = ready.exec === "allow" ? "allowed" : "denied";
  return `${lock}; exec into protected containers ${exec}; ${pins}`;
}

/** What `agent --check` prints: backends, notes, vectors. */
export function renderCheck(ready: Ready, arch: Arch = HOST): string {
  const active = listActive(toInForce(ready, arch));
  const result = blocksSynchronously(ready) ? "refused" : "killed";
  const closed = VECTORS.filter((vector) => isClosed(vector, active));
  const open = VECTORS.filter((vector) =>
    existsOn(arch, vector) && !isClosed(vector, active)
  );
  const absent = VECTORS.filter((vector) => !existsOn(arch, vector));
  return [
    `Kernel: ${ready.release}`,
    renderEnforcement({ ...ready, enforcing: true }),
    "",
    ...ready.backends.map(({ name, state, reason }) =>
      row([name, 16], [state, 10], reason)
    ),
    "",
    ...ready.notes.map((note) => `note: ${note}`),
    ...(ready.notes.length > 0 ? [""] : []),
    ...closed.map(({ id, title }) => row([id, 18], [result, 8], title)),
    ...open.map((vector) =>
      row(
        [vector.id, 18],
        ["open", 8],
        `${vector.title} (${whyOpen(vector, ready)})`,
      )
    ),
    ...absent.map(({ id, title }) =>
      row([id, 18], ["absent", 8], `${title} (not on this architecture)`)
    ),
    "",
    renderVerdict(ready),
    "",
  ].join("\n");
}

/** The meaning of the exit status. */
function renderVerdict(ready: Ready): string {
  if (blocksSynchronously(ready)) {
    return "An agent here refuses the attacks above before they happen (exit status 0)";
  }
  const { passed } = toInForce(ready);
  return passed.length > 0
    ? `An agent here cannot block attacks before they happen, it only kills the attacker afterwards (exit status 77)`
    : `An agent here blocks nothing: no backend works with this kernel and these rights (exit status 77)`;
}

function whyOpen(vector: Vector, ready: Ready): string {
  const { open, needs, partly } = vector;
  if (open !== undefined) return open;
  const isMissing = needs !== undefined &&
    (needs === "lock=on" ? !ready.lock : ready.exec === "allow");
  const { passed } = toInForce(ready);
  if (!isMissing && passed.some((backend) => partly.includes(backend))) {
    return "partial: only direct paths blocked";
  }
  return isMissing && couldClose(vector, ready.backends)
    ? `--${needs} closes it`
    : "no working backend closes it";
}

function row(...cells: readonly ([string, number] | string)[]): string {
  return cells.map((cell) =>
    typeof cell === "string" ? cell : cell[0].padEnd(cell[1])
  ).join("  ").trimEnd();
}

function toInForce(
  { backends, programs, lock, exec }: Ready,
  arch: Arch = HOST,
) {
  const passed = backends.filter(({ state }) => state === "passed")
    .map(({ name }) => name);
  return { programs, passed, lock, exec, arch };
}
