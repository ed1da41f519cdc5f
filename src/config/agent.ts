/** Reads the agent's configuration from flags and environment; one error names every invalid setting. */
import { ConfigError } from "@/base/errors.ts";
import { AGENT_SETTINGS } from "./agent_settings.ts";
import { readAllowedHosts, readListen, readLog } from "./policy.ts";
import { quote, SettingReader, type Variable } from "./reader.ts";
import type { UnknownName } from "./unknown_names.ts";

const CHOICES = ["MODE", "LOCK", "EXEC"].map((name) =>
  `CLOUDTASER_AGENT_${name}`
);
const BACKENDS = ["lsm", "fmod_ret", "kprobe", "reactive"];
/** The BPF programs compare at most 31 characters of a name. */
const EXECUTABLE_NAME = /^[\w.+:@%=-]{1,31}$/;
/** Capacity of the BPF programs' list (CT_MAX_ALLOWED); they would ignore further names. */
const MAX_NAMES = 16;
/** sockaddr_un holds 108 bytes with the NUL. */
const SOCKET_BYTES = 107;

/** The agent's validated settings. */
export interface AgentConfig {
  readonly mode: "enforce" | "detect";
  readonly lock: boolean;
  readonly lockAllow: readonly string[];
  readonly exec: "allow" | "deny";
  /** `["auto"]`, or the backends to load. */
  readonly backends: readonly string[];
  /** A directory on bpffs, or `none`. */
  readonly pins: string;
  readonly socket: string;
  /** host:port, or undefined for off. */
  readonly listen: string | undefined;
  /** Further host names that requests may use. */
  readonly allowedHosts: readonly string[];
}

/**
 * Reads the agent's configuration.
 *
 * @throws ConfigError with all invalid settings in one line
 */
export function loadAgentConfig(
  flags: ReadonlyMap<string, string>,
  variables: readonly Variable[],
  unknown: readonly UnknownName[] = [],
): AgentConfig {
  const reader = new SettingReader(flags, variables, AGENT_SETTINGS);
  for (const { name, problem } of unknown) {
    // Vault is not the agent's subject.
    if (name.startsWith("CLOUDTASER_")) reader.problem(problem);
  }
  reader.refuseBlank(CHOICES);
  const choose = <T extends string>(name: string, choices: readonly T[]) =>
    reader.choice(`CLOUDTASER_AGENT_${name}`, choices);
  const lock = choose("LOCK", ["off", "on"]) === "on";
  const config: AgentConfig = {
    mode: choose("MODE", ["enforce", "detect"]) ?? "enforce",
    lock,
    lockAllow: readLockAllow(reader, lock),
    exec: choose("EXEC", ["allow", "deny"]) ?? (lock ? "deny" : "allow"),
    backends: readBackends(reader),
    pins: readPath(reader, "CLOUDTASER_AGENT_PINS", "a directory, or none"),
    socket: readSocket(reader),
    listen: readListen(reader, "CLOUDTASER_AGENT_LISTEN"),
    allowedHosts: readAllowedHosts(reader, "CLOUDTASER_AGENT_ALLOWED_HOSTS"),
  };
  refuseContradictions(reader, config);
  // The log is already open; this reports invalid log settings.
  readLog(reader);
  if (reader.problems.length > 0) {
    throw new ConfigError(reader.problems.join("; "));
  }
  return Object.freeze(config);
}

function readLockAllow(reader: SettingReader, lock: boolean): string[] {
  const names = reader.list("CLOUDTASER_AGENT_LOCK_ALLOW");
  for (const name of names.filter((n) => !EXECUTABLE_NAME.test(n))) {
    reader.problem(
      `CLOUDTASER_AGENT_LOCK_ALLOW contains ${
        quote(name)
      }: use names of executables without directories, at most 31 characters`,
    );
  }
  if (names.length > MAX_NAMES) {
    reader.problem(
      `CLOUDTASER_AGENT_LOCK_ALLOW contains ${names.length} names: use at most ${MAX_NAMES}`,
    );
  }
  if (names.length > 0 && !lock) {
    reader.problem(
      "CLOUDTASER_AGENT_LOCK_ALLOW has no effect without the lock: set CLOUDTASER_AGENT_LOCK=on, or unset it",
    );
  }
  return names;
}

function readBackends(reader: SettingReader): string[] {
  const backends = reader.list("CLOUDTASER_AGENT_BACKENDS");
  const isGood = backends.length > 0 &&
    (backends.every((t) => BACKENDS.includes(t)) ||
      backends.length === 1 && backends[0] === "auto");
  if (!isGood) {
    reader.problem(
      `CLOUDTASER_AGENT_BACKENDS is ${
        quote(backends.join(","))
      }: use auto, or some of ${BACKENDS.join(",")}`,
    );
  }
  return backends;
}

function readPath(reader: SettingReader, name: string, wanted: string): string {
  const path = reader.text(name).trim();
  const isGood = path === "none" && wanted.endsWith("none") ||
    /^\/[!-~]+$/.test(path);
  if (!isGood) reader.problem(`${name} is ${quote(path)}: use ${wanted}`);
  return path;
}

function readSocket(reader: SettingReader): string {
  const name = "CLOUDTASER_AGENT_SOCKET";
  const path = readPath(reader, name, "an absolute path");
  if (new TextEncoder().encode(path).length > SOCKET_BYTES) {
    reader.problem(
      `${name} is ${quote(path)}: use a path of at most ${SOCKET_BYTES} bytes`,
    );
  }
  return path;
}

function refuseContradictions(reader: SettingReader, config: AgentConfig) {
  if (config.lock && config.mode === "detect") {
    reader.problem(
      "CLOUDTASER_AGENT_LOCK is on, but CLOUDTASER_AGENT_MODE is detect, which blocks nothing: choose one of them",
    );
  }
  if (config.lock && config.pins === "none") {
    reader.problem(
      "CLOUDTASER_AGENT_LOCK is on, but CLOUDTASER_AGENT_PINS is none: the lock must outlive the agent, use a directory on bpffs",
    );
  }
}
