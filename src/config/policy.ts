/** Settings about what to do when something changes, and where to tell it. */
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

/** What happens on changes, and where the status is told. */
export interface PolicySettings {
  readonly onRotate: RotationPolicy;
  readonly onDegrade: "warn" | "terminate";
  readonly listen: string | undefined;
  readonly allowedHosts: readonly string[];
  /** At least one. The first is what we send ourselves. */
  readonly stopSignals: readonly number[];
}

/** How much the log tells, and in which form. */
export interface LogSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

const LEVELS = ["debug", "info", "warning", "error"] as const;
const FORMATS = ["text", "json"] as const;

/** Reads both; what is wrong is noted with the reader. */
export function readLog(reader: SettingReader): LogSettings {
  return {
    level: reader.choice("CLOUDTASER_LOG_LEVEL", LEVELS) ?? "info",
    format: reader.choice("CLOUDTASER_LOG_FORMAT", FORMATS) ?? "text",
  };
}

/** Reads them; what is wrong is noted with the reader. */
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
    }: give none, restart, update or signal:HUP`,
  );
  return { kind: "none" };
}

function readStopSignals(reader: SettingReader): number[] {
  const name = "CLOUDTASER_STOP_SIGNALS";
  const words = reader.givenList(name);
  if (words.length === 0) {
    reader.problem(`${name} is empty: name a signal, or leave it out`);
  }
  return words.flatMap((word) => {
    const signo = parseSignal(word);
    if (signo !== undefined && isForwarded(signo)) return [signo];
    reader.problem(
      `${name} names ${
        quote(word)
      }: give signals that are forwarded, such as TERM,INT,QUIT or RTMIN+3`,
    );
    return [];
  });
}

/** Not KILL and STOP, which are not to be had, CHLD, which is about children, and glibc's own. */
function isForwarded(signo: number): boolean {
  return ![SIGKILL, SIGSTOP, SIGCHLD].includes(signo) &&
    (signo < 32 || signo >= SIGRTMIN);
}

/** HOST:PORT, or undefined for `off`. */
export function readListen(
  reader: SettingReader,
  name: string,
): string | undefined {
  const text = reader.text(name).trim();
  if (text === "off") return undefined;
  const match = /^(?:\[[0-9a-fA-F:]+\]|[^:\s]*):(\d{1,5})$/.exec(text);
  if (match && Number(match[1]) <= 65535) return text;
  reader.problem(`${name} is ${quote(text)}: give HOST:PORT, or off`);
  return undefined;
}

/** A name in DNS, or `*.` before one: then every name below it. */
const HOST_NAME = /^(?:\*\.)?(?!.*\.\.)[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/;

/** Names that requests may be for, in small letters. */
export function readAllowedHosts(
  reader: SettingReader,
  name: string,
): string[] {
  const hosts = reader.list(name).map((host) => host.toLowerCase());
  for (const host of hosts.filter((h) => !HOST_NAME.test(h))) {
    reader.problem(
      `${name} holds ${
        quote(host)
      }: give names without a port, such as app.example.com or *.svc`,
    );
  }
  return hosts;
}
