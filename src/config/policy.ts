/** Settings of rotation, degradation, stop signals, status address and log. */
import type { LogFormat, LogLevel } from "@/base/log.ts";
import {
  parseSignal,
  SIGCHLD,
  SIGKILL,
  SIGRTMIN,
  SIGSTOP,
} from "@/base/signals.ts";
import { quote, type SettingReader } from "./reader.ts";

/** What happens when a secret's value has changed. */
export type RotationPolicy =
  | { readonly kind: "none" }
  | { readonly kind: "restart" }
  | { readonly kind: "update" }
  | { readonly kind: "signal"; readonly signo: number };

/** Reactions to changes, and the status address. */
export interface PolicySettings {
  readonly onRotate: RotationPolicy;
  readonly onDegrade: "warn" | "terminate";
  readonly listen: string | undefined;
  readonly allowedHosts: readonly string[];
  /** At least one; the wrapper itself sends the first. */
  readonly stopSignals: readonly number[];
}

/** Lowest level that is logged, the format, and whether a line of text has its time. */
export interface LogSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly time: "on" | "off";
}

const LEVELS = ["debug", "info", "warning", "error"] as const;
/** How others spell it. */
const LEVEL_ALIASES = { warn: "warning" } as const;
const FORMATS = ["text", "json"] as const;
const TIMES = ["on", "off"] as const;

/** Reads all; mistakes are added to `reader.problems`. */
export function readLog(reader: SettingReader): LogSettings {
  return {
    level: reader.choice("CLOUDTASER_LOG_LEVEL", LEVELS, LEVEL_ALIASES) ??
      "info",
    format: reader.choice("CLOUDTASER_LOG_FORMAT", FORMATS) ?? "text",
    time: reader.choice("CLOUDTASER_LOG_TIME", TIMES) ?? "on",
  };
}

/** Reads them; mistakes are added to `reader.problems`. */
export function readPolicy(reader: SettingReader): PolicySettings {
  return {
    onRotate: readRotation(reader),
    onDegrade:
      reader.choice("CLOUDTASER_ON_DEGRADE", ["warn", "terminate"] as const) ??
        "warn",
    listen: readListen(reader, "CLOUDTASER_LISTEN"),
    allowedHosts: readAllowedHosts(reader, "CLOUDTASER_ALLOWED_HOSTS"),
    stopSignals: readStopSignals(reader),
  };
}

function readRotation(reader: SettingReader): RotationPolicy {
  const text = reader.text("CLOUDTASER_ON_ROTATE").trim();
  if (text === "none" || text === "restart" || text === "update") {
    return { kind: text };
  }
  const signo = text.startsWith("signal:")
    ? parseSignal(text.slice(7))
    : undefined;
  if (signo !== undefined) return { kind: "signal", signo };
  reader.problem(
    `CLOUDTASER_ON_ROTATE is ${
      quote(text)
    }: use none, restart, update or signal:NAME`,
  );
  return { kind: "none" };
}

function readStopSignals(reader: SettingReader): number[] {
  const name = "CLOUDTASER_STOP_SIGNALS";
  const words = reader.givenList(name);
  if (words.length === 0) {
    reader.problem(`${name} is empty: set at least one signal, or unset it`);
  }
  return words.flatMap((word) => {
    const signo = parseSignal(word);
    if (signo !== undefined && isForwarded(signo)) return [signo];
    const fault = signo === undefined
      ? "is not a signal"
      : "cannot be forwarded";
    reader.problem(
      `${name} names ${
        quote(word)
      }, which ${fault}: use signals such as TERM,INT,QUIT or RTMIN+3`,
    );
    return [];
  });
}

/** Not KILL and STOP, which cannot be caught, CHLD, which reports children, and glibc's own. */
function isForwarded(signo: number): boolean {
  return ![SIGKILL, SIGSTOP, SIGCHLD].includes(signo) &&
    (signo < 32 || signo >= SIGRTMIN);
}

/** HOST:PORT or :PORT; undefined for `off`. */
export function readListen(
  reader: SettingReader,
  name: string,
): string | undefined {
  const text = reader.text(name).trim();
  if (text === "off") return undefined;
  const match = /^(?:\[[0-9a-fA-F:]+\]|[^:\s]*):(\d{1,5})$/.exec(text);
  if (match && Number(match[1]) <= 65535) return text;
  reader.problem(
    `${name} is ${
      quote(text)
    }: use :PORT or HOST:PORT with a port up to 65535, or off`,
  );
  return undefined;
}

/** A DNS name; `*.` in front matches every name below it. */
const HOST_NAME = /^(?:\*\.)?(?!.*\.\.)[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/;

/** Host names that requests may use, in lower case. */
export function readAllowedHosts(
  reader: SettingReader,
  name: string,
): string[] {
  const hosts = reader.list(name).map((host) => host.toLowerCase());
  for (const host of hosts.filter((h) => !HOST_NAME.test(h))) {
    reader.problem(
      `${name} contains ${
        quote(host)
      }: use names without a port, such as app.example.com or *.svc`,
    );
  }
  return hosts;
}
