/**
 * From flags and environment to a frozen Config, or to one error that names
 * every mistake. Secret settings are not decoded here: their names are listed,
 * and whoever owns the memory takes and wipes them.
 */
import { ConfigError } from "@/base/errors.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { readPlan } from "./plan.ts";
import {
  type LogSettings,
  readLog,
  readPolicy,
  type RotationPolicy,
} from "./policy.ts";
import { SettingReader, type Variable } from "./reader.ts";
import { readSealed, type SealedFrom } from "./sealed.ts";
import { isTokenGiven, readVault } from "./vault.ts";

/** Everything that we were told, checked. */
export interface Config {
  readonly minimum: number;
  readonly required: readonly string[];
  readonly plan: Plan;
  /** Undefined when no secret is asked for: then Vault is not spoken to. */
  readonly vault: VaultSettings | undefined;
  /** VAULT_TOKEN=vault:login: variables in which the application gets the login's token. */
  readonly tokenNames: readonly string[];
  /** There is no token yet; from where one is taken. */
  readonly sealed: SealedFrom | undefined;
  readonly originalCommand: string | undefined;
  readonly onRotate: RotationPolicy;
  readonly onDegrade: "warn" | "terminate";
  readonly refreshMs: number | undefined;
  readonly scoreIntervalMs: number | undefined;
  readonly stopGraceMs: number | undefined;
  /** At least one; the first is what we send ourselves. */
  readonly stopSignals: readonly number[];
  readonly killGroup: boolean;
  readonly passthrough: readonly string[];
  /** Which checks points are given for. */
  readonly scoreChecks: "active" | "all";
  /** Whether the application takes its secrets over. */
  readonly interpose: "auto" | "off" | "require";
  /** host:port, or undefined for off. */
  readonly listen: string | undefined;
  /** Names that requests to it may be for, beside our own. */
  readonly allowedHosts: readonly string[];
  /** Kubernetes events on the pod. */
  readonly events: boolean;
  readonly agentSocket: string;
  /** Who serves it; undefined: root of the node. */
  readonly agentUid: number | undefined;
  readonly log: LogSettings;
}

/** The last that is a user's: -1 is none. */
const MAX_UID = 2 ** 32 - 2;
const SCORE_CHECKS = ["active", "all"] as const;
/** What keeps an application from starting, or ends it. */
const GATES = [
  "CLOUDTASER_REQUIRE_CHECKS",
  "CLOUDTASER_SCORE_CHECKS",
  "CLOUDTASER_INTERPOSE",
  "CLOUDTASER_ON_DEGRADE",
];
const INTERPOSE = ["auto", "off", "require"] as const;

/** Where it is read from, and what it may name. */
export interface ConfigInput {
  readonly flags: ReadonlyMap<string, string>;
  /** All variables of the original environment but the secret ones. */
  readonly variables: readonly Variable[];
  /** Secret settings that hold a value, under their VAULT_ names. */
  readonly secrets: ReadonlySet<string>;
  /** Names of all checks, for CLOUDTASER_REQUIRE_CHECKS. */
  readonly checks: readonly string[];
  readonly maximum: number;
  /** With CLOUDTASER_SCORE_CHECKS=all. */
  readonly wholeMaximum: number;
  readonly tokenNames: readonly string[];
  /** What is wrong with secret settings. */
  readonly secretProblems: readonly string[];
}

/** The two settings that are needed before anything else can be said. Never throws. */
export function readLogSettings(
  flags: ReadonlyMap<string, string>,
  variables: readonly Variable[],
): LogSettings {
  return readLog(new SettingReader(flags, variables));
}

/**
 * Reads the whole configuration.
 *
 * @throws ConfigError with all mistakes in one line.
 */
export function loadConfig(input: ConfigInput): Config {
  const reader = new SettingReader(input.flags, input.variables);
  const plan = readPlan(reader, input.variables);
  const { tokenNames } = input;
  const wantsSecrets =
    plan.deliveries.length + plan.bulk.length + tokenNames.length > 0;
  if (wantsSecrets) refuseSecretSettings(reader, input, plan);
  const token = isTokenGiven(reader, input.secrets);
  const sealed = readSealed(reader, { token, wantsSecrets });
  const given = { token, isAwaited: !!sealed, secrets: input.secrets };
  const config: Config = {
    plan,
    vault: wantsSecrets ? readVault(reader, given) : undefined,
    sealed,
    tokenNames,
    ...readGate(reader, input),
    originalCommand: reader.given("CLOUDTASER_ORIGINAL_CMD"),
    refreshMs: reader.duration("CLOUDTASER_REFRESH_INTERVAL"),
    scoreIntervalMs: reader.duration("CLOUDTASER_SCORE_INTERVAL"),
    stopGraceMs: reader.duration("CLOUDTASER_STOP_GRACE"),
    killGroup: reader.boolean("CLOUDTASER_KILL_GROUP"),
    passthrough: reader.list("CLOUDTASER_PASSTHROUGH"),
    interpose: reader.choice("CLOUDTASER_INTERPOSE", INTERPOSE) ?? "off",
    events: reader.boolean("CLOUDTASER_EVENTS"),
    agentSocket: reader.text("CLOUDTASER_AGENT_SOCKET"),
    agentUid: reader.count("CLOUDTASER_AGENT_UID", { min: 0, max: MAX_UID }),
    log: readLog(reader),
    ...readPolicy(reader),
  };
  if (reader.problems.length > 0) {
    throw new ConfigError(reader.problems.join("; "));
  }
  return Object.freeze(config);
}

/** What may be started, by score and checks. */
function readGate(reader: SettingReader, input: ConfigInput) {
  reader.refuseBlank(GATES);
  const scoreChecks = reader.choice("CLOUDTASER_SCORE_CHECKS", SCORE_CHECKS) ??
    "active";
  const max = scoreChecks === "all" ? input.wholeMaximum : input.maximum;
  return {
    scoreChecks,
    minimum: reader.count("CLOUDTASER_MIN_PROTECTION_SCORE", { min: 0, max }) ??
      0,
    required: readChecks(reader, input.checks),
  };
}

function refuseSecretSettings(
  reader: SettingReader,
  { tokenNames, secretProblems }: ConfigInput,
  { deliveries }: Plan,
): void {
  for (const problem of secretProblems) reader.problem(problem);
  for (const name of tokenNames) {
    if (!deliveries.some((delivery) => delivery.name === name)) continue;
    reader.problem(
      `${name} is set from a secret and from the login: name it once`,
    );
  }
}

function readChecks(reader: SettingReader, known: readonly string[]): string[] {
  const names = reader.list("CLOUDTASER_REQUIRE_CHECKS");
  for (const name of names.filter((n) => !known.includes(n))) {
    reader.problem(
      `CLOUDTASER_REQUIRE_CHECKS names ${
        JSON.stringify(name)
      }: the checks are ${known.join(", ")}`,
    );
  }
  return names;
}
