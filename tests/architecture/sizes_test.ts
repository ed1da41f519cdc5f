/**
 * How large things may get, in all of the code: TypeScript, C and tools. And
 * that every file says what it is, because that is where reading starts.
 */
import { deepEqual, ok } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const FOLDERS = ["c", "ffi", "src", "tools"];
const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 40;
/** The contract between two languages is one file, however long. */
const LONGER: ReadonlyMap<string, number> = new Map([["c/ct.h", 370]]);

interface Source {
  readonly name: string;
  readonly lines: readonly string[];
}

function readSources(folder: string): Source[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory) return name === "c/build" ? [] : readSources(name);
    if (!/\.(ts|js|c|h)$/.test(name)) return [];
    const text = Deno.readTextFileSync(new URL(name, ROOT));
    return [{ name, lines: text.trimEnd().split("\n") }];
  });
}

const sources = FOLDERS.flatMap(readSources);

Deno.test("every file says what it is, and none is too long", () => {
  ok(sources.length > 150);
  for (const { name, lines } of sources) {
    const [first = ""] = lines;
    ok(first.startsWith("/*"), `${name} starts without saying what it is`);
    const limit = LONGER.get(name) ?? MAX_FILE_LINES;
    ok(lines.length <= limit, `${name} has ${lines.length} lines`);
  }
});

Deno.test("no function is too long", () => {
  const long = sources.flatMap(({ name, lines }) =>
    findLongFunctions(name, lines).map((found) => `${name}: ${found}`)
  );
  deepEqual(long, []);
});

/** Top-level functions and methods by indentation, as deno fmt and K&R leave them. */
function findLongFunctions(name: string, lines: readonly string[]): string[] {
  const head = /\.[ch]$/.test(name)
    ? /^()\{$/
    : /^( {0,2})(?:export )?(?:(?:async|static|abstract|override|protected|get) )*(?:function |#?\w+\()(?:.*[{(])?$/;
  return lines.flatMap((line, start) => {
    const indent = head.exec(line)?.[1];
    if (indent === undefined) return [];
    const end = lines.findIndex((l, i) => i > start && l === `${indent}}`);
    const length = end - start;
    return length > MAX_FUNCTION_LINES
      ? [`${line.trim()}, line ${start + 1}: ${length} lines`]
      : [];
  });
}
