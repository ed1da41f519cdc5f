/**
 * Which tests run together, in which order, and what may run beside them. Read
 * from the tree: a new folder in tests/ is a new group without an edit here.
 */
import { basename } from "node:path";
import { filesBelow, ROOT } from "../build/c.ts";

/** Folders of tests/ that hold no tests. */
const NO_TESTS = ["support", "testdata"];

/** Unit tests that mirror no folder of src/. */
const UNIT_BESIDES_SRC = ["architecture", "tools"];

/** Mirrors a folder of src/, but needs the binary. */
const NOT_UNIT = "fleet";

/** Runs only when it is named: the arm64 machines that are not in `arm64_sample`. */
export const ONLY_BY_NAME = "arm64";

/** Its files are independent and long: each is a job, so that two lanes share the group. */
const BY_FILE = "enforcement";

/**
 * Groups, and files below tests/, in the order in which they start, with the
 * processors that they keep busy. Unit tests first, because they fail fast; then
 * the longest, so that no lane is idle at the end. Others follow by name, with 1.
 */
const ORDER: ReadonlyMap<string, number> = new Map([
  // Deadlines of some hundred milliseconds: it runs alone.
  ["unit", 2],
  // Two machines at once, until only the longest is left.
  ["enforcement/matrix/matrix_test.ts", 1.5],
  ["system", 0.5],
  ["interposer", 0.5],
  // Waits for its pods most of the time.
  ["cluster", 0.5],
  ["enforcement", 1],
  // One machine, whose processor is busy all the time.
  ["arm64_sample", 1],
  ["systemd", 1],
  ["e2e", 0.5],
  ["containers", 0.5],
  ["fleet", 0.5],
]);

/** The names in the order. */
export const NAMED: readonly string[] = [...ORDER.keys()];

/** One `deno test` process. */
export interface Job {
  /** Unique, and usable as a file name. */
  readonly name: string;
  readonly group: string;
  /** Folders and files, below the repository. */
  readonly paths: readonly string[];
  /** Processors that it keeps busy. */
  readonly load: number;
}

/** What one argument of `deno task test` names. */
export interface Group {
  readonly name: string;
  readonly jobs: readonly Job[];
}

/** All groups, in no particular order. */
export async function readGroups(): Promise<Group[]> {
  const mirrored = [...foldersIn("src"), ...UNIT_BESIDES_SRC];
  const unit: string[] = [];
  const groups: Group[] = [];
  for (const folder of foldersIn("tests")) {
    if (NO_TESTS.includes(folder)) continue;
    const files = await filesBelow(`${ROOT}tests/${folder}`, /_test\.ts$/);
    if (files.length === 0) continue;
    if (mirrored.includes(folder) && folder !== NOT_UNIT) unit.push(folder);
    else groups.push(makeGroup(folder, files));
  }
  return [{ name: "unit", jobs: [makeJob("unit", unit)] }, ...groups];
}

/** Jobs of the groups in the order in which they start. */
export function orderJobs(groups: readonly Group[]): Job[] {
  return groups.flatMap(({ jobs }) => jobs).sort((a, b) =>
    rank(a) - rank(b) || (a.name < b.name ? -1 : 1)
  );
}

/** @throws {Error} when a name is not the name of a group. */
export function chooseGroups(
  groups: readonly Group[],
  names: readonly string[],
): Group[] {
  if (names.length === 0) {
    return groups.filter(({ name }) => name !== ONLY_BY_NAME);
  }
  const known = groups.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`unknown group "${unknown}"; groups: ${known.join(", ")}`);
  }
  return groups.filter(({ name }) => names.includes(name));
}

function makeGroup(name: string, files: readonly string[]): Group {
  if (name !== BY_FILE) return { name, jobs: [makeJob(name, [name])] };
  const below = files.map((file) => file.slice(`${ROOT}tests/`.length));
  return { name, jobs: below.map((path) => makeJob(name, [path])) };
}

function makeJob(group: string, paths: readonly string[]): Job {
  const [first = ""] = paths;
  const isFile = first.endsWith(".ts");
  return {
    name: isFile ? basename(first.replaceAll("/", "."), "_test.ts") : group,
    group,
    paths: paths.map((path) => `tests/${path}`),
    load: (isFile ? ORDER.get(first) : undefined) ?? ORDER.get(group) ?? 1,
  };
}

function rank({ group, paths: [path = ""] }: Job): number {
  const byPath = NAMED.indexOf(path.replace("tests/", ""));
  const at = byPath < 0 ? NAMED.indexOf(group) : byPath;
  return at < 0 ? NAMED.length : at;
}

function foldersIn(path: string): string[] {
  return [...Deno.readDirSync(ROOT + path)]
    .flatMap(({ name, isDirectory }) => isDirectory ? [name] : []).sort();
}
