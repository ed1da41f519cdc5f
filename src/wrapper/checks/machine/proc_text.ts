/**
 * Parsers for files of /proc. They skip lines that they do not understand, because
 * kernels add lines and attackers choose names. They never throw.
 */

/** The first line of a mapping in `/proc/PID/smaps`. */
interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
  /** `rw-p` */
  readonly permissions: string;
  /** Path or `[heap]`; empty for anonymous memory. */
  readonly name: string;
}

/** One mapping of `/proc/PID/smaps`. */
export interface MappingDetail extends Mapping {
  readonly sizeKib: number;
  readonly rssKib: number;
  readonly pssKib: number;
  readonly lockedKib: number;
  /** Two-letter flags: `lo` locked, `dd` do not dump, … */
  readonly flags: readonly string[];
}

/** A kernel's version. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
  /** `6.18.44` */
  readonly full: string;
  /** `6.18` */
  readonly short: string;
}

const MAPPING =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([-rwxsp]{4}) [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ \d+ *(.*)$/;
/** The last field of a mapping in smaps. A name cannot forge it: line feeds in names are escaped. */
const LAST_FIELD = "\nVmFlags:";

/** Reads entries of `/proc/PID/smaps`. */
export function parseSmaps(text: string): MappingDetail[] {
  const found: MappingDetail[] = [];
  for (let at = 0; at < text.length;) {
    const last = text.indexOf(LAST_FIELD, at);
    if (last < 0) break;
    const feed = text.indexOf("\n", last + 1);
    const end = feed < 0 ? text.length : feed;
    const head = text.indexOf("\n", at);
    const mapping = parseMapping(text.slice(at, head));
    if (mapping) found.push(addDetail(mapping, text.slice(head, end)));
    at = end + 1;
  }
  return found;
}

function parseMapping(line: string): Mapping | undefined {
  const match = MAPPING.exec(line);
  if (!match) return undefined;
  return {
    start: BigInt(`0x${match[1]}`),
    end: BigInt(`0x${match[2]}`),
    permissions: match[3] ?? "",
    name: match[4] ?? "",
  };
}

function addDetail(mapping: Mapping, fields: string): MappingDetail {
  return {
    ...mapping,
    sizeKib: parseKib(findField(fields, "Size")),
    rssKib: parseKib(findField(fields, "Rss")),
    pssKib: parseKib(findField(fields, "Pss")),
    lockedKib: parseKib(findField(fields, "Locked")),
    flags: findField(fields, "VmFlags").trim().split(/ +/).filter(Boolean),
  };
}

/** The value of a field; "": it is missing. */
function findField(fields: string, name: string): string {
  const at = fields.indexOf(`\n${name}:`);
  if (at < 0) return "";
  const from = at + name.length + 2;
  const end = fields.indexOf("\n", from);
  return fields.slice(from, end < 0 ? fields.length : end);
}

function parseKib(value: string): number {
  const match = /^\s*(\d{1,15}) kB\s*$/.exec(value);
  return match ? Number(match[1]) : 0;
}

/** Reads the names and values of `/proc/PID/status`. */
export function parseStatus(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) {
      fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
    }
  }
  return fields;
}

/** Whether the effective capabilities in a parsed status include number `bit`. */
export function hasCapability(
  status: ReadonlyMap<string, string>,
  bit: number,
): boolean {
  const hex = status.get("CapEff") ?? "";
  if (!/^[0-9a-f]{1,16}$/.test(hex)) return false;
  return (BigInt(`0x${hex}`) >> BigInt(bit) & 1n) === 1n;
}

/** The soft limit on locked memory from `/proc/PID/limits`, in bytes; undefined: missing. */
export function parseMemlock(text: string): number | undefined {
  const match = /^Max locked memory +(\d+|unlimited) /m.exec(text);
  if (!match) return undefined;
  return match[1] === "unlimited" ? Infinity : Number(match[1]);
}

/** Reads the kernel's command line, without the arguments for init after `--`. */
export function parseCmdline(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const word of text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []) {
    // The kernel reads "name=a value" like name="a value".
    const plain = word.replaceAll('"', "");
    if (plain === "--") break;
    const equals = plain.indexOf("=");
    const name = equals < 0 ? plain : plain.slice(0, equals);
    options.set(name, equals < 0 ? "" : plain.slice(equals + 1));
  }
  return options;
}

/** Reads `6.18.44-fc-v657`. Undefined: not a version. */
export function parseKernelVersion(release: string): KernelVersion | undefined {
  const match = /^(\d{1,4})\.(\d{1,4})((?:\.\d{1,6})?)/.exec(release.trim());
  if (!match) return undefined;
  const short = `${match[1]}.${match[2]}`;
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    full: `${short}${match[3] ?? ""}`,
    short,
  };
}

/** Whether `version` is older than `major.minor`. */
export function isOlder(
  version: KernelVersion,
  major: number,
  minor: number,
): boolean {
  return version.major < major ||
    (version.major === major && version.minor < minor);
}
