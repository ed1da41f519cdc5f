/** The table of attack vectors, for docs/ENFORCEMENT-MATRIX.md. */
import { type Vector, VECTORS } from "../../src/agent/vectors/table.ts";
import { KPROBE_OVERRIDE, REACTIVE_KILL } from "../../src/protocol/agent.ts";
import { code, table } from "../../tests/enforcement/matrix/markdown.ts";

/** The table of vectors, then why those are open that nothing closes. */
export function renderVectors(): string {
  const rows = VECTORS.map((vector) => [
    code([vector.id]),
    vector.title,
    vector.steals,
    vector.severity,
    ...describeBackends(vector),
  ]);
  const open = VECTORS.flatMap(({ id, open }) =>
    open ? [[code([id]), open]] : []
  );
  return [
    table([
      "vector",
      "way",
      "what it gives",
      "severity",
      "bpf lsm, fmod_ret",
      "kprobe override",
      "reactive kill",
    ], rows),
    "",
    table(["open", "why"], open),
  ].join("\n");
}

/** How each kind of backend meets it. */
function describeBackends(vector: Vector): string[] {
  const { hooks, calls, reactive, partly, needs, madeOf, open } = vector;
  if (open) return ["open", "open", "open"];
  if (madeOf.length > 0) {
    return [
      `as ${madeOf.map((id) => code([id])).join(", ")}`,
      "as these",
      "as these",
    ];
  }
  const condition = needs ? ` with ${code([`--${needs}`])}` : "";
  const refused = `refused${condition}`;
  return [
    hooks.length > 0 ? refused : "open",
    partly.includes(KPROBE_OVERRIDE)
      ? `partly${condition}`
      : calls.length > 0
      ? refused
      : "open",
    partly.includes(REACTIVE_KILL)
      ? `partly${condition}`
      : reactive === "open"
      ? "open"
      : `${reactive}${condition}`,
  ];
}
