/**
 * The log: leveled lines for a writer that must not block, because PID 1 never
 * waits for the reader of its stderr. Fields are flat, so an object that contains
 * a secret cannot reach a line. Not a library: docs/DEPENDENCIES.md has the cost.
 */

/** Lowest level that is logged. */
export type LogLevel = "debug" | "info" | "warning" | "error";
/** Lines of text, or one JSON object per line. */
export type LogFormat = "text" | "json";
/** Flat: an object that contains a secret does not type-check. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** The log, as all modules use it. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A line whose message says what its fields say: text omits them. */
  line(line: LogLine): void;
}

/** A line with its level. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
  /** The text is a contract, so the level is not in front of it. */
  readonly fixed?: true;
}

/** Level, format and destination. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Writes one line, which ends with a line feed. */
  readonly write: (line: Uint8Array) => void;
}

/** In their order. */
const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/** Makes a log. */
export function startLog({ level, format, write }: LogOptions): Log {
  const encoder = new TextEncoder();
  const render = format === "json" ? renderJson : renderText;
  const log = (
    at: LogLevel,
    message: string,
    fields?: LogFields,
    isFixed?: boolean,
  ) => {
    if (LEVELS.indexOf(at) < LEVELS.indexOf(level)) return;
    try {
      write(encoder.encode(`${render(at, message, fields, isFixed)}\n`));
    } catch {
      // A line that cannot be written must not end PID 1.
    }
  };
  return {
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warning", message, fields),
    error: (message, fields) => log("error", message, fields),
    line: ({ level, message, fields, fixed }) =>
      log(level, message, fields, fixed),
  };
}

/** `[cloudtaser-wrapper] text`, a fixed format that a test pins. One record is one line. */
function renderText(
  level: LogLevel,
  message: string,
  _fields: LogFields | undefined,
  isFixed?: boolean,
): string {
  const prefix = level === "info" || isFixed ? "" : `${level}: `;
  return `[cloudtaser-wrapper] ${prefix}${message.replace(CONTROLS, " ")}`;
}

/** One JSON object per line, with the fields beside the message. */
function renderJson(
  level: LogLevel,
  message: string,
  fields?: LogFields,
): string {
  return JSON.stringify({
    time: new Date().toISOString(),
    level,
    logger: "cloudtaser-wrapper",
    message,
    ...fields,
  });
}

/** Names and paths come from outside: they must not forge lines or control terminals. */
// deno-lint-ignore no-control-regex -- C0, DEL, C1 and Unicode's own line ends
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;
