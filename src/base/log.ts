/**
 * The one owner of the log. Lines are built by LogTape and handed to a writer
 * that must not block: PID 1 never waits for whoever reads its stderr. A field
 * is flat text or a number, so no object that holds a secret can reach a line.
 */
import {
  configureSync,
  getLogger,
  type LogRecord,
  resetSync,
} from "@logtape/logtape";

/** What is told: this level and all above it. */
export type LogLevel = "debug" | "info" | "warning" | "error";
/** A line of text, or one JSON object a line. */
export type LogFormat = "text" | "json";
/** Flat on purpose: an object that holds a secret does not type-check. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Where every room says what happened. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** How much is told, in which form, and to whom. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one whole line with its line feed. */
  readonly write: (line: Uint8Array) => void;
}

const CATEGORY = ["cloudtaser-wrapper"];

/** Starts the log, or starts it anew with other options. */
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
  // The message travels as a property: LogTape would read braces in it as placeholders.
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

/** `[cloudtaser-wrapper] text`, the specification's form. One record is one line. */
function renderText(record: LogRecord): string {
  const prefix = PREFIXES[record.level] ?? "";
  return `[cloudtaser-wrapper] ${prefix}${oneLine(record.properties.message)}`;
}

/** One JSON object a line, with the fields beside the message. */
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

/** They must not forge lines nor steer terminals: field names and paths come from others. */
// deno-lint-ignore no-control-regex -- C0, DEL, C1 and Unicode's own line ends
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

function oneLine(message: unknown): string {
  return String(message).replace(CONTROLS, " ");
}
