/** Which file imports what from which other file, read from the sources. */
import { join, normalize } from "node:path/posix";

const ROOT = new URL("../../", import.meta.url).pathname;

/** One import or re-export. */
export interface Import {
  /** A file from the root of the repository, or a package. */
  readonly from: string;
  readonly names: readonly string[];
  /** Nothing is left of it at run time. */
  readonly isType: boolean;
}

/** Every TypeScript file of these folders and files, with its imports. */
export function readImports(
  paths: readonly string[],
): Map<string, readonly Import[]> {
  return new Map(
    paths.flatMap((path) => path.endsWith(".ts") ? [path] : listFiles(path))
      .map((file) => [file, parse(file, Deno.readTextFileSync(ROOT + file))]),
  );
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

function parse(file: string, text: string): Import[] {
  const statement =
    /^(?:import|export) (type )?(?:\{([^}]*)\}|\* as \w+|\w+) from\s+"([^"]+)"/gm;
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
