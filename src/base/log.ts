/**
 * The log. LogTape builds lines for a writer that must not block, because PID 1
 * never waits for the reader of its stderr. Fields are flat, so an object that
 * contains a secret cannot reach a line.
 */
import {
  configureSync,
  getLogger,
  type LogRecord,
  resetSync,
} from "@logtape/logtape";

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
}

/** Level, format and destination. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Writes one line, which ends with a line feed. */
  readonly write: (line: Uint8Array) => void;
}

const CATEGORY = ["cloudtaser-wrapper"];

/** Starts the log, or restarts it with other options. */
export function startLog(options: LogOptions): Log {
  const encoder = new TextEncoder();
  const render = options.format === "json" ? renderJson : renderText;
  resetSync();
  configureSync({
    sinks: {
      out: (record) => options.write(encoder.encode(`${render(record)}\n`)),
    },
    loggers: [
      { category: CATEGORY, sinks: ["out"], lowestLevel: options.level },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
  const logger = getLogger(CATEGORY);
  // Pass the message as a property: LogTape would read braces in it as placeholders.
  return {
    debug: (message, fields) =>
      logger.debug("{message}", { ...fields, message }),
    info: (message, fields) => logger.info("{message}", { ...fields, message }),
    warn: (message, fields) => logger.warn("{message}", { ...fields, message }),
    error: (message, fields) =>
      logger.error("{message}", { ...fields, message }),
  };
}

const PREFIXES: Readonly<Record<string, string>> = {
  debug: "debug: ",
  info: "",
  warning: "warning: ",
  error: "error: ",
};

/** `[cloudtaser-wrapper] text`, a fixed format that a test pins. One record is one line. */
function renderText(record: LogRecord): string {
  const prefix = PREFIXES[record.level] ?? "";
  return `[cloudtaser-wrapper] ${prefix}${oneLine(record.properties.message)}`;
}

/** One JSON object per line, with the fields beside the message. */
function renderJson(record: LogRecord): string {
  const { message, ...fields } = record.properties;
  return JSON.stringify({
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    logger: "cloudtaser-wrapper",
    message: String(message),
    ...fields,
  });
}

/** Names and paths come from outside: they must not forge lines or control terminals. */
// deno-lint-ignore no-control-regex -- C0, DEL, C1 and Unicode's own line ends
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

function oneLine(message: unknown): string {
  return String(message).replace(CONTROLS, " ");
}
