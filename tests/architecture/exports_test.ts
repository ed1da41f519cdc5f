/** What a file exports is used by another one; and no file needs, at run time, a file that needs it. */
import { deepEqual, ok } from "node:assert/strict";
import { readImports } from "./imports.ts";

const ROOT = new URL("../../", import.meta.url);
const imports = readImports(["ffi", "src", "tests", "tools", "main.ts"]);
/** Loaded by name (src/process/script_entries.ts) or started by name, so that no import shows it. */
const ENTRIES =
  /^src\/(agent\/command|events\/publish|fetcher\/serve|wrapper\/unseal\/seal|fleet\/status|policy\/command\/policy)\.ts$/;

Deno.test("every export of src and ffi has another file that imports it", () => {
  const wanted = new Set(
    [...imports.values()].flat().flatMap(({ from, names }) =>
      names.map((name) => `${from} ${name}`)
    ),
  );
  const files = [...imports.keys()].filter((file) =>
    /^(src|ffi)\//.test(file) && !ENTRIES.test(file)
  );
  ok(files.length > 100);
  const unwanted = files.flatMap((file) =>
    listExports(Deno.readTextFileSync(new URL(file, ROOT)))
      .map((name) => `${file} ${name}`)
      .filter((name) => !wanted.has(name))
  );
  deepEqual(unwanted, []);
});

/** Functions, classes and values; a type is exported with what needs it. */
function listExports(text: string): string[] {
  const head = /^export (?:async |abstract )*(?:function|class|const) (\w+)/gm;
  return [...text.matchAll(head)].map(([, name = ""]) => name);
}

Deno.test("no file needs another that needs it", () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    ok(!path.includes(file), [...path, file].join(" → "));
    if (done.has(file)) return;
    for (const { from, isType } of imports.get(file) ?? []) {
      if (!isType) visit(from, [...path, file]);
    }
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
});
