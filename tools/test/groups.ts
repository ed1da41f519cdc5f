/**
 * Which tests run together, in which order, and what may run beside them. Read
 * from the tree: a new folder in tests/ is a new group without an edit here.
 */

const ROOT = new URL("../../", import.meta.url).pathname;

/** Folders of tests/ that hold no tests. */
const NO_TESTS = new Set(["support", "testdata"]);

/** Unit tests that mirror no folder of src/. */
const UNIT_BESIDES_SRC = ["architecture", "tools"];

/** Mirrors a folder of src/, but needs the binary. */
const NOT_UNIT = new Set(["fleet"]);

/**
 * Groups whose files are independent and long: each file is a job of its own,
 * so that two lanes share the group.
 */
const BY_FILE = new Set(["enforcement"]);

/** Processors that a job of these groups or files keeps busy; 1 for the others. */
const LOADS: ReadonlyMap<string, number> = new Map([
  ["containers", 0.5],
  ["e2e", 0.5],
  // Two machines at once, until only the longest is left.
  ["enforcement/matrix/matrix_test.ts", 1.5],
  ["fleet", 0.5],
  ["interposer", 0.5],
  ["system", 0.5],
  // Deadlines of some hundred milliseconds: it runs alone.
  ["unit", 2],
]);

/**
 * Unit tests first, because they fail fast; then what takes longest, so that no
 * lane is idle at the end. What is not named here follows, by name.
 */
const FIRST = [
  "unit",
  "enforcement/matrix/matrix_test.ts",
  "cluster",
  "system",
  "enforcement",
  "interposer",
  "e2e",
  "containers",
];

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

/** What FIRST and LOADS name: groups, and files below tests/. */
export const NAMED: readonly string[] = [...FIRST, ...LOADS.keys()];

/** All groups, in no particular order. */
export async function readGroups(): Promise<Group[]> {
  const unitFolders = new Set([
    ...await foldersIn(`${ROOT}src`),
    ...UNIT_BESIDES_SRC,
  ]);
  const unit: string[] = [];
  const groups: Group[] = [];
  for (const folder of await foldersIn(`${ROOT}tests`)) {
    const files = NO_TESTS.has(folder) ? [] : await testFiles(folder);
    if (files.length === 0) continue;
    if (unitFolders.has(folder) && !NOT_UNIT.has(folder)) unit.push(folder);
    else groups.push(makeGroup(folder, files));
  }
  return [{ name: "unit", jobs: [makeJob("unit", "unit", unit)] }, ...groups];
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
  if (names.length === 0) return [...groups];
  const unknown = names.find((name) => groups.every((g) => g.name !== name));
  if (unknown !== undefined) {
    const known = groups.map(({ name }) => name).join(", ");
    throw new Error(`unknown group "${unknown}"; groups: ${known}`);
  }
  return groups.filter(({ name }) => names.includes(name));
}

function makeGroup(name: string, files: readonly string[]): Group {
  if (!BY_FILE.has(name)) return { name, jobs: [makeJob(name, name, [name])] };
  const jobs = files.map((file) =>
    makeJob(`${name}.${file.replaceAll("/", ".")}`, name, [`${name}/${file}`])
  );
  return { name, jobs };
}

function makeJob(name: string, group: string, paths: readonly string[]): Job {
  return {
    name: name.replace(/_test\.ts$/, ""),
    group,
    paths: paths.map((path) => `tests/${path}`),
    load: LOADS.get(paths[0] ?? "") ?? LOADS.get(group) ?? 1,
  };
}

function rank({ group, paths: [path = ""] }: Job): number {
  const byPath = FIRST.indexOf(path.replace("tests/", ""));
  const at = byPath < 0 ? FIRST.indexOf(group) : byPath;
  return at < 0 ? FIRST.length : at;
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.filter((entry) => entry.isDirectory)
    .map(({ name }) => name).sort();
}

/** Paths of test files below `tests/<folder>/`, sorted. */
async function testFiles(folder: string, below = ""): Promise<string[]> {
  const files: string[] = [];
  const here = `${ROOT}tests/${folder}/${below}`;
  for await (const { name, isDirectory } of Deno.readDir(here)) {
    if (name.endsWith("_test.ts")) files.push(below + name);
    if (isDirectory) {
      files.push(...await testFiles(folder, `${below}${name}/`));
    }
  }
  return files.sort();
}
