/**
 * Parsers for the texts of /proc. Pure, and tolerant: a line that is not
 * understood is left out, because kernels add lines and an attacker may choose
 * names; no text makes them throw.
 */

/** One line of `/proc/PID/maps`. */
export interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
  /** `rw-p` */
  readonly permissions: string;
  /** Path or `[heap]`; empty for anonymous memory. */
  readonly name: string;
}

/** One mapping of `/proc/PID/smaps`, sizes in KiB. */
export interface MappingDetail extends Mapping {
  readonly sizeKib: number;
  readonly rssKib: number;
  readonly pssKib: number;
  readonly lockedKib: number;
  /** Two-letter flags: `lo` locked, `dd` do not dump, … */
  readonly flags: readonly string[];
}

/** One line of `/proc/PID/mountinfo`. */
export interface Mount {
  readonly point: string;
  readonly type: string;
}

/** A kernel's version, for comparisons and for people. */
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

/** Reads `/proc/PID/maps`. */
export function parseMaps(text: string): Mapping[] {
  return text.split("\n").flatMap((line) => parseMapping(line) ?? []);
}

/** Reads `/proc/PID/smaps`. */
export function parseSmaps(text: string): MappingDetail[] {
  const found: MappingDetail[] = [];
  let fields = new Map<string, string>();
  let mapping: Mapping | undefined;
  const finish = () => {
    if (mapping) found.push(makeDetail(mapping, fields));
    fields = new Map();
  };
  for (const line of text.split("\n")) {
    const next = parseMapping(line);
    if (next) {
      finish();
      mapping = next;
      continue;
    }
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  finish();
  return found;
}

function parseMapping(line: string): Mapping | undefined {
  // Field lines of smaps start with a capital; only addresses are looked at closer.
  if (line.length < 20 || line.charCodeAt(0) < 48) return undefined;
  const first = line.charCodeAt(0);
  if (first > 57 && (first < 97 || first > 102)) return undefined;
  const match = MAPPING.exec(line);
  if (!match) return undefined;
  return {
    start: BigInt(`0x${match[1]}`),
    end: BigInt(`0x${match[2]}`),
    permissions: match[3] ?? "",
    name: match[4] ?? "",
  };
}

function makeDetail(
  mapping: Mapping,
  fields: ReadonlyMap<string, string>,
): MappingDetail {
  return {
    ...mapping,
    sizeKib: parseKib(fields.get("Size")),
    rssKib: parseKib(fields.get("Rss")),
    pssKib: parseKib(fields.get("Pss")),
    lockedKib: parseKib(fields.get("Locked")),
    flags: (fields.get("VmFlags") ?? "").trim().split(/ +/).filter(Boolean),
  };
}

function parseKib(value: string | undefined): number {
  const match = /^\s*(\d{1,15}) kB\s*$/.exec(value ?? "");
  return match ? Number(match[1]) : 0;
}

/** Reads `/proc/PID/status`: names and values. */
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

/** True when the effective set of a parsed status holds capability number `bit`. */
export function hasCapability(
  status: ReadonlyMap<string, string>,
  bit: number,
): boolean {
  const hex = status.get("CapEff") ?? "";
  if (!/^[0-9a-f]{1,16}$/.test(hex)) return false;
  return (BigInt(`0x${hex}`) >> BigInt(bit) & 1n) === 1n;
}

/** Reads `/proc/PID/mountinfo`, in the file's order. */
export function parseMountinfo(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const words = line.split(" ");
    const dash = words.indexOf("-", 6);
    const point = words[4];
    const type = dash < 0 ? undefined : words[dash + 1];
    if (!point?.startsWith("/") || !type) return [];
    return { point: unescapeOctal(point), type };
  });
}

/** The mount that holds the absolute `path` (links resolved). The last one mounted wins. */
export function findMount(
  mounts: readonly Mount[],
  path: string,
): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const prefix = mount.point.endsWith("/") ? mount.point : `${mount.point}/`;
    if (path !== mount.point && !path.startsWith(prefix)) continue;
    if (!best || mount.point.length >= best.point.length) best = mount;
  }
  return best;
}

function unescapeOctal(text: string): string {
  return text.replace(
    /\\([0-3][0-7]{2})/g,
    (_, octal: string) => String.fromCharCode(parseInt(octal, 8)),
  );
}

/** The soft limit on locked memory in `/proc/PID/limits`, in bytes; undefined when it is not there. */
export function parseMemlock(text: string): number | undefined {
  const match = /^Max locked memory +(\d+|unlimited) /m.exec(text);
  if (!match) return undefined;
  return match[1] === "unlimited" ? Infinity : Number(match[1]);
}

/** Reads the kernel's command line; what stands behind `--` is init's and left out. */
export function parseCmdline(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const word of text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []) {
    if (word === "--") break;
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? "" : word.slice(equals + 1);
    options.set(name, value.replaceAll('"', ""));
  }
  return options;
}

/** Reads `6.18.44-fc-v657`. Undefined when it is no version. */
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

/** True when `version` is older than `major.minor`. */
export function isOlder(
  version: KernelVersion,
  major: number,
  minor: number,
): boolean {
  return version.major < major ||
    (version.major === major && version.minor < minor);
}
