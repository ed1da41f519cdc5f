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
  /** A warning about what happened at `time` (ms), which no level suppresses. */
  audit(time: number, message: string, fields: LogFields): void;
}

/** A line with its level. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
  /** The text is a contract, so the level is not in front of it. */
  readonly fixed?: true;
}

/** What a line begins with: in text the time, nothing, or `<N>`, the priority for journald. */
export type LineStart = "time" | "nothing" | "priority";

/** Level, format and destination. */
export interface LogOptions {
  /** The program that logs. */
  readonly logger: "cloudtaser-wrapper" | "cloudtaser-agent";
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly start: LineStart;
  /** Writes one line, which ends with a line feed. */
  readonly write: (line: Uint8Array) => void;
}

/** In their order. */
const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];
/** syslog(3)'s numbers of the levels. */
const PRIORITIES = { debug: 7, info: 6, warning: 4, error: 3 } as const;

/** Most characters of a message. A pipe takes 4096 bytes at once or none. */
const MESSAGE_LENGTH = 3500;

/** Makes a log. */
export function startLog(options: LogOptions): Log {
  const encoder = new TextEncoder();
  const put = (given: LogLine, showsFields: boolean, time = Date.now()) => {
    try {
      const line = { ...given, message: cut(given.message) };
      const at = new Date(time).toISOString();
      const rendered = options.format === "json"
        ? renderJson(line, at, options)
        : renderText(line, showsFields, at, options);
      // journald takes it off (sd-daemon(3)): what remains is JSON.
      const front = options.start === "priority"
        ? `<${PRIORITIES[line.level]}>`
        : "";
      options.write(encoder.encode(`${front}${rendered}\n`));
    } catch {
      // A line that cannot be written must not end PID 1.
    }
  };
  const log = (line: LogLine, showsFields: boolean) => {
    const isWanted =
      LEVELS.indexOf(line.level) >= LEVELS.indexOf(options.level);
    if (isWanted) put(line, showsFields);
  };
  const at = (level: LogLevel) => (message: string, fields: LogFields = {}) =>
    log({ level, message, fields }, true);
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warning"),
    error: at("error"),
    line: (line) => log(line, false),
    audit: (time, message, fields) =>
      put({ level: "warning", message, fields }, true, time),
  };
}

/** What follows, as `exit_code`, must not be lost when the reader of a pipe is slow. */
function cut(message: string): string {
  return message.length > MESSAGE_LENGTH
    ? `${message.slice(0, MESSAGE_LENGTH)}…`
    : message;
}

/** `TIME [cloudtaser-wrapper] text`, a fixed format that a test pins. One record is one line. */
function renderText(
  { level, message, fields, fixed }: LogLine,
  showsFields: boolean,
  time: string,
  { start, logger }: LogOptions,
): string {
  const front = start === "time" ? `${time} ` : "";
  const text = showsFields ? `${message}${renderFields(fields)}` : message;
  const prefix = level === "info" || fixed ? "" : `${level}: `;
  return `${front}[${logger}] ${prefix}${text.replace(UNSAFE, " ")}`;
}

/** ` key=value` for each; a text that could be taken for more is quoted. */
function renderFields(fields: LogFields): string {
  return Object.entries(fields).map(([name, value]) => {
    const text = String(value).replace(UNSAFE, " ");
    return ` ${name}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`;
  }).join("");
}

/** One JSON object per line, with the fields beside the message. */
function renderJson(
  { level, message, fields }: LogLine,
  time: string,
  { logger }: LogOptions,
): string {
  const own = { time, level, logger, message };
  // Twice: they come first, and no field replaces them.
  return JSON.stringify({ ...own, ...fields, ...own })
    .replace(UNSAFE, escapeUnits);
}

function escapeUnits(text: string): string {
  return Array.from(
    { length: text.length },
    (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}

/**
 * Names and paths come from outside: they must not forge lines, control terminals
 * or change how other characters look. C0, DEL, C1, Unicode's line ends, what sets
 * a direction, joins or is invisible, and tags. Not \p{Cf}: it costs every start.
 */
const UNSAFE =
  // deno-lint-ignore no-control-regex -- see above
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;
