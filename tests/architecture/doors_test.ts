/**
 * What doors offer: only what somebody comes for. And no file needs another
 * that needs it, at run time.
 */
import { deepEqual, ok } from "node:assert/strict";
import { join, normalize } from "node:path/posix";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDERS = ["ffi", "src", "tests", "tools"];

interface Import {
  /** The file that is imported, from the root. */
  readonly from: string;
  readonly names: readonly string[];
  /** Nothing is left of it at run time. */
  readonly isType: boolean;
}

function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(ROOT + folder)].flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory) return listFiles(name);
    return name.endsWith(".ts") ? [name] : [];
  });
}

function resolve(file: string, specifier: string): string {
  if (specifier === "@ffi") return "ffi/mod.ts";
  if (specifier.startsWith("@/")) return `src/${specifier.slice(2)}`;
  return specifier.startsWith(".")
    ? normalize(join(file, "..", specifier))
    : specifier;
}

/** Imports and re-exports. */
function readImports(file: string, text: string): Import[] {
  const statement =
    /^(?:import|export) (type )?(?:\{([^}]*)\}|\* as \w+) from\s+"([^"]+)"/gm;
  return [...text.matchAll(statement)].map(([, type, list, specifier = ""]) => {
    const words = list?.split(",").map((word) => word.trim()).filter(Boolean);
    return {
      from: resolve(file, specifier),
      names: (words ?? []).map((word) =>
        word.replace(/^type /, "").replace(/ as .*$/, "")
      ),
      isType: type !== undefined ||
        (words?.every((word) => word.startsWith("type ")) ?? false),
    };
  });
}

const imports = new Map(
  [...FOLDERS.flatMap(listFiles), "main.ts"].map((file) => [
    file,
    readImports(file, Deno.readTextFileSync(ROOT + file)),
  ]),
);

Deno.test("a door offers only what somebody comes for", () => {
  const wanted = new Set(
    [...imports.values()].flat().flatMap(({ from, names }) =>
      names.map((name) => `${from} ${name}`)
    ),
  );
  const doors = [...imports].filter(([file]) =>
    /^(src\/\w+|ffi)\/mod\.ts$/.test(file)
  );
  ok(doors.length > 10);
  const unwanted = doors.flatMap(([door, offers]) =>
    offers.flatMap(({ names }) => names.map((name) => `${door} ${name}`))
      .filter((offer) => !wanted.has(offer))
  );
  deepEqual(unwanted, []);
});

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
