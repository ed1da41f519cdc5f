/**
 * Reads flags and environment into a frozen Config; one error names every
 * invalid setting. Values of secret settings are never decoded here:
 * wrapper/secrets/ingest.ts moves them to an arena.
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
import { quote, SettingReader, type Variable } from "./reader.ts";
import type { UnknownName } from "./unknown_names.ts";
import {
  isTokenGiven,
  readSealed,
  readVault,
  type SealedFrom,
} from "./vault.ts";

/** All validated settings. */
export interface Config {
  readonly minimum: number;
  readonly required: readonly string[];
  readonly plan: Plan;
  /** Undefined when no secret is requested; the wrapper then does not contact Vault. */
  readonly vault: VaultSettings | undefined;
  /** Variables set to vault:login or bao:login: the application receives the token in them. */
  readonly tokenNames: readonly string[];
  /** Set when the wrapper waits for a token; where it accepts one from. */
  readonly sealed: SealedFrom | undefined;
  readonly originalCommand: string | undefined;
  readonly onRotate: RotationPolicy;
  readonly onDegrade: "warn" | "terminate";
  readonly refreshMs: number | undefined;
  readonly scoreIntervalMs: number | undefined;
  readonly stopGraceMs: number | undefined;
  /** At least one; the wrapper itself sends the first. */
  readonly stopSignals: readonly number[];
  readonly killGroup: boolean;
  readonly passthrough: readonly string[];
  /** Which checks count towards the score. */
  readonly scoreChecks: "active" | "all";
  /** Whether confidential_computing needs a verified signature chain. */
  readonly requireChain: boolean;
  /** Whether the application receives its secrets through memfd_secret. */
  readonly interpose: "auto" | "off" | "require";
  /** host:port, or undefined for off. */
  readonly listen: string | undefined;
  /** Further host names that requests may use. */
  readonly allowedHosts: readonly string[];
  /** Whether to write Kubernetes events on the pod. */
  readonly events: boolean;
  readonly agentSocket: string;
  /** User id of the agent; undefined: root of the node. */
  readonly agentUid: number | undefined;
  readonly log: LogSettings;
  /** About settings that are valid and probably not what was meant. */
  readonly warnings: readonly string[];
}

/** The highest user id; 2^32 - 1 is invalid (-1). */
const MAX_UID = 2 ** 32 - 2;
const SCORE_CHECKS = ["active", "all"] as const;
/** Settings that decide whether an application starts and may stay: an empty value is refused. */
const GATES = [
  "CLOUDTASER_REQUIRE_CHECKS",
  "CLOUDTASER_SCORE_CHECKS",
  "CLOUDTASER_REQUIRE_ATTESTATION_CHAIN",
  "CLOUDTASER_INTERPOSE",
  "CLOUDTASER_ON_DEGRADE",
];
const INTERPOSE = ["auto", "off", "require"] as const;

/** The sources of the configuration, and what settings may name. */
export interface ConfigInput {
  readonly flags: ReadonlyMap<string, string>;
  /** All variables of the original environment except secret settings. */
  readonly variables: readonly Variable[];
  /** Secret settings that are set, by their VAULT_ names. */
  readonly secrets: ReadonlySet<string>;
  /** Names of all checks, for CLOUDTASER_REQUIRE_CHECKS. */
  readonly checks: readonly string[];
  readonly maximum: number;
  /** With CLOUDTASER_SCORE_CHECKS=all. */
  readonly wholeMaximum: number;
  readonly tokenNames: readonly string[];
  /** Error messages about secret settings. */
  readonly secretProblems: readonly string[];
  /** Variables that look like settings but are not. */
  readonly unknown: readonly UnknownName[];
}

/** The log's settings, which are needed before all others. Never throws. */
export function readLogSettings(
  flags: ReadonlyMap<string, string>,
  variables: readonly Variable[],
): LogSettings {
  return readLog(new SettingReader(flags, variables));
}

/**
 * Reads the whole configuration.
 *
 * @throws ConfigError with all invalid settings in one line
 */
export function loadConfig(input: ConfigInput): Config {
  const reader = new SettingReader(input.flags, input.variables);
  const plan = readPlan(reader, input.variables);
  refuseUnknown(reader, input, plan);
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
    agentSocket: readAgentSocket(reader),
    agentUid: reader.count("CLOUDTASER_AGENT_UID", { min: 0, max: MAX_UID }),
    log: readLog(reader),
    ...readPolicy(reader),
    warnings: reader.warnings,
  };
  warnOfNoEffect(reader, config);
  if (reader.problems.length > 0) {
    throw new ConfigError(reader.problems.join("; "));
  }
  return Object.freeze(config);
}

/** The minimum score and the required checks. */
function readGate(reader: SettingReader, input: ConfigInput) {
  reader.refuseBlank(GATES);
  const scoreChecks = reader.choice("CLOUDTASER_SCORE_CHECKS", SCORE_CHECKS) ??
    "active";
  const max = scoreChecks === "all" ? input.wholeMaximum : input.maximum;
  return {
    scoreChecks,
    requireChain: reader.boolean("CLOUDTASER_REQUIRE_ATTESTATION_CHAIN"),
    minimum: reader.count("CLOUDTASER_MIN_PROTECTION_SCORE", { min: 0, max }) ??
      0,
    required: readChecks(reader, input.checks),
  };
}

/** Settings that need another one. */
function warnOfNoEffect(reader: SettingReader, config: Config): void {
  if (config.onRotate.kind === "update" && config.interpose === "off") {
    reader.warnings.push(
      "CLOUDTASER_ON_ROTATE=update has no effect: CLOUDTASER_INTERPOSE is off, so the application keeps the old values; set it to auto or require",
    );
  }
  const { requireChain, scoreChecks, required } = config;
  const counts = scoreChecks === "all" ||
    required.includes("confidential_computing");
  if (!requireChain || counts) return;
  reader.warnings.push(
    "CLOUDTASER_REQUIRE_ATTESTATION_CHAIN=true has no effect: confidential_computing does not count; set CLOUDTASER_SCORE_CHECKS=all, or name it in CLOUDTASER_REQUIRE_CHECKS",
  );
}

/** Not those that the application receives: a secret's, and what is passed through. */
function refuseUnknown(
  reader: SettingReader,
  { unknown }: ConfigInput,
  { deliveries }: Plan,
): void {
  if (unknown.length === 0) return;
  const passed = reader.list("CLOUDTASER_PASSTHROUGH");
  const isForeign = (name: string) =>
    deliveries.some((delivery) => delivery.name === name) ||
    passed.includes(name) ||
    passed.includes("*") && !name.startsWith("CLOUDTASER_");
  for (const { name, problem } of unknown) {
    if (!isForeign(name)) reader.problem(problem);
  }
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
      `${name} is set both from a secret and to vault:login: use one of them`,
    );
  }
}

/** Its path is in the reason of a failed check: a credential set by mistake must not be. */
function readAgentSocket(reader: SettingReader): string {
  const name = "CLOUDTASER_AGENT_SOCKET";
  const path = reader.text(name);
  if (!path.startsWith("/")) {
    reader.problem(`${name} is ${quote(path)}: use an absolute path`);
  }
  return path;
}

function readChecks(reader: SettingReader, known: readonly string[]): string[] {
  const names = reader.list("CLOUDTASER_REQUIRE_CHECKS");
  for (const name of names.filter((n) => !known.includes(n))) {
    reader.problem(
      `CLOUDTASER_REQUIRE_CHECKS names ${
        quote(name)
      }, which is not a check; available: ${known.join(", ")}`,
    );
  }
  return names;
}
