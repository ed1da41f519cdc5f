/**
 * What a wrapper answers on /v1/status, believed only as far as its shape goes:
 * bounded, every text cleaned, points that add up. The band is worked out here.
 */
import type { ProcessIdentity } from "@/base/process_identity.ts";
import { type Band, bandOf } from "@/score/score.ts";
import { safeText } from "@/fleet/command/clean.ts";
import { Shape, ShapeError } from "@/fleet/kubernetes/shape.ts";

/** One check of an answer. */
export interface StatusCheck {
  readonly name: string;
  readonly points: number;
  readonly worth: number;
  readonly state: "in_force" | "absent" | "unknown";
  readonly reason: string;
  readonly detail: string;
  readonly source: string;
  /** When it was proven, ISO 8601; null for never. */
  readonly time: string | null;
}

/** An answer, named as in /v1/status. */
export interface WrapperStatus {
  readonly version: string | null;
  readonly uptimeSeconds: number;
  /** Which process it is; null when it does not say. */
  readonly process: ProcessIdentity | null;
  readonly sealed: boolean;
  readonly pod: string | null;
  readonly namespace: string | null;
  readonly node: string | null;
  readonly score: number | null;
  readonly maximum: number | null;
  readonly band: Band | null;
  readonly minimum: number;
  readonly required: readonly string[];
  readonly checks: readonly StatusCheck[];
  readonly facts: readonly {
    readonly name: string;
    readonly value: string;
    readonly source: string;
  }[];
  readonly application: { readonly state: string };
  readonly vault: {
    readonly state: string;
    readonly address: string | null;
    readonly leaseTtlSeconds: number | null;
  };
  readonly agent: {
    readonly connected: boolean;
    readonly reason: string | null;
    readonly name: string | null;
    readonly version: string | null;
    readonly mode: string | null;
    readonly vectors: number | null;
    readonly uptimeSeconds: number | null;
  };
}

/** More than any maximum of the specification. */
const MOST_POINTS = 1000;
const MOST_CHECKS = 64;
const MOST_FACTS = 64;
const MOST_SECONDS = 1e10;
const MOST_PIDS = 2 ** 22;
const NAME_LIMIT = 253;

/** @throws ShapeError saying what is wrong, in our words. */
export function parseStatus(text: string): WrapperStatus {
  const top = new Shape(parseJson(text), "");
  if (top.raw("checks") === undefined) throw new ShapeError("it has no checks");
  const checks = top.objects("checks", MOST_CHECKS).map(readCheck);
  const score = top.number("score", 0, MOST_POINTS) ?? null;
  const maximum = top.number("maximum", 0, MOST_POINTS) ?? null;
  verifySum(score, maximum, checks);
  return {
    version: clean(top, "version", 64),
    uptimeSeconds: seconds(top, "uptimeSeconds") ?? 0,
    process: readProcess(top),
    sealed: top.flag("sealed"),
    pod: clean(top, "pod", NAME_LIMIT),
    namespace: clean(top, "namespace", NAME_LIMIT),
    node: clean(top, "node", NAME_LIMIT),
    score,
    maximum,
    band: score === null ? null : bandOf(score, maximum ?? undefined),
    minimum: top.number("minimum", 0, MOST_POINTS) ?? 0,
    required: top.texts("required", MOST_CHECKS).map((one) =>
      safeText(one, 64)
    ),
    checks,
    facts: top.objects("facts", MOST_FACTS).map(readFact),
    ...readSurroundings(top),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ShapeError("no JSON");
  }
}

function verifySum(
  score: number | null,
  maximum: number | null,
  checks: readonly StatusCheck[],
): void {
  if (score === null) return;
  const total = (key: "points" | "worth") =>
    checks.reduce((sum, check) => sum + check[key], 0);
  const isFair = Number.isInteger(score) && maximum !== null &&
    maximum > 0 && score <= maximum;
  if (!isFair || total("points") !== score || total("worth") !== maximum) {
    throw new ShapeError("points that do not add up");
  }
}

function readCheck(check: Shape): StatusCheck {
  const name = check.text("name") ?? "";
  if (!/^[a-z0-9_]{1,40}$/.test(name)) {
    throw new ShapeError(`${check.place}.name is no name of a check`);
  }
  const worth = check.number("worth", 0, MOST_POINTS) ?? 0;
  const state = check.choice("state", ["in_force", "absent", "unknown"]) ??
    "unknown";
  return {
    name,
    worth,
    points: check.number("points", 0, state === "in_force" ? worth : 0) ?? 0,
    state,
    reason: clean(check, "reason") ?? "",
    detail: clean(check, "detail") ?? "",
    source: clean(check, "source") ?? "",
    time: readTime(check),
  };
}

/** 1970 is what a check that was never proven says. */
function readTime(check: Shape): string | null {
  const at = Date.parse(check.text("time")?.slice(0, 40) ?? "");
  return at > 0 ? new Date(at).toISOString() : null;
}

function readProcess(top: Shape): ProcessIdentity | null {
  const process = top.object("process");
  const pid = process?.number("pid", 1, MOST_PIDS);
  const startTicks = process?.number("startTicks", 0, Number.MAX_SAFE_INTEGER);
  return pid === undefined || startTicks === undefined
    ? null
    : { pid, startTicks };
}

function readFact(fact: Shape): WrapperStatus["facts"][number] {
  return {
    name: clean(fact, "name", 64) ?? "",
    value: clean(fact, "value") ?? "",
    source: clean(fact, "source") ?? "",
  };
}

type Surroundings = Pick<WrapperStatus, "application" | "vault" | "agent">;

function readSurroundings(top: Shape): Surroundings {
  const nothing = new Shape({}, "");
  const application = top.object("application") ?? nothing;
  const vault = top.object("vault") ?? nothing;
  const agent = top.object("agent") ?? nothing;
  return {
    application: { state: clean(application, "state", 64) ?? "unknown" },
    vault: {
      state: clean(vault, "state", 64) ?? "unused",
      address: clean(vault, "address"),
      leaseTtlSeconds: seconds(vault, "leaseTtlSeconds"),
    },
    agent: {
      connected: agent.flag("connected"),
      reason: clean(agent, "reason"),
      name: clean(agent, "name", NAME_LIMIT),
      version: clean(agent, "version", 64),
      mode: clean(agent, "mode", 64),
      vectors: agent.number("vectors", 0, 10_000) ?? null,
      uptimeSeconds: seconds(agent, "uptimeSeconds"),
    },
  };
}

function clean(shape: Shape, name: string, limit = 300): string | null {
  const text = shape.text(name);
  return text === undefined ? null : safeText(text, limit);
}

function seconds(shape: Shape, name: string): number | null {
  return shape.number(name, 0, MOST_SECONDS) ?? null;
}
