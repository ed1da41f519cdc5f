/** Which folder may import which (tools/source_folders.ts), and what must never be reachable. */
import { deepEqual, ok } from "node:assert/strict";
import { dirname } from "node:path/posix";
import { SOURCE_FOLDERS } from "../../tools/source_folders.ts";
import { type Import, readImports } from "./imports.ts";

const ALLOWED_IMPORTS = new Map(
  SOURCE_FOLDERS.map(({ name, imports }) => [name, new Set(imports)]),
);

/** Packages of which src/ may import types only. */
const TYPES_ONLY = ["@kubernetes/client-node", "node:util", "prom-client"];

/** Packages and files outside of src/, each with the files or folders that may import it. */
const OUTSIDE: ReadonlyMap<string, readonly string[]> = new Map([
  ["node:http", ["http/node_https.ts"]],
  ["node:https", ["http/node_https.ts"]],
  ["prom-client/lib/registry.js", ["http/exposition.ts"]],
  ["valibot", ["fleet/", "policy/manifest/"]],
  ["js-yaml", [
    "fleet/kubernetes/kubeconfig.ts",
    "policy/manifest/read.ts",
    "policy/render/manifests.ts",
    "policy/command/explain.ts",
  ]],
  ["@bufbuild/cel", ["policy/evaluate/evaluation.ts"]],
  ["@bufbuild/cel/ext", ["policy/evaluate/evaluation.ts"]],
  ["diff", ["policy/command/explain.ts"]],
  ["deno.json", ["base/version.ts"]],
]);

const imports = readImports(["src"]);
const sources = [...imports.keys()].map((file) => file.slice("src/".length));
const edges = [...imports].flatMap(([file, list]) =>
  list.map((one) => ({ file: file.slice("src/".length), ...one }))
);

Deno.test("every folder below src is in the table", () => {
  deepEqual(
    [...new Set(sources.map(dirname))].sort(),
    [...ALLOWED_IMPORTS.keys()].sort(),
  );
});

Deno.test("a folder imports only what the table allows", () => {
  const broken = edges.filter((edge) => !isAllowed(edge)).map((
    { file, from },
  ) => `${file} → ${from}`);
  deepEqual(broken, []);
});

Deno.test("the table allows only what is used", () => {
  const used = new Set(
    edges.map(({ file, from }) => `${dirname(file)} → ${folderOf(from)}`),
  );
  const unused = SOURCE_FOLDERS.flatMap(({ name, imports }) =>
    imports.map((to) => `${name} → ${to}`).filter((edge) => !used.has(edge))
  );
  deepEqual(unused, []);
});

function isAllowed({ file, from, isType }: Import & { file: string }): boolean {
  const outside = OUTSIDE.get(from);
  if (TYPES_ONLY.includes(from)) return isType;
  if (outside !== undefined) return outside.some((one) => file.startsWith(one));
  const [own, to] = [dirname(file), folderOf(from)];
  return own === to || (ALLOWED_IMPORTS.get(own)?.has(to) ?? false);
}

function folderOf(path: string): string {
  return path === "ffi/mod.ts" ? "ffi" : dirname(path.replace(/^src\//, ""));
}

Deno.test("no folder imports one below it in the table", () => {
  const seen = new Set(["ffi"]);
  for (const { name, imports } of SOURCE_FOLDERS) {
    for (const to of imports) ok(seen.has(to), `${name} → ${to}`);
    seen.add(name);
  }
});

Deno.test("nothing that reports can reach a secret", () => {
  const reporting = ["score", "http", "events", "wrapper/status"];
  const secret = /^(wrapper\/(secrets|child|unseal)|fetcher)/;
  const reports = SOURCE_FOLDERS.filter(({ name }) =>
    reporting.includes(name) || name.startsWith("fleet")
  );
  ok(reports.length > reporting.length);
  for (const { name, imports } of reports) {
    deepEqual(imports.filter((to) => secret.test(to)), [], name);
  }
});

Deno.test("programs do not import each other, and only the fetcher knows Vault", () => {
  // The rules beside policy/command are a library: status judges by them too.
  const programs = [
    ...["wrapper", "fetcher", "events", "agent", "fleet"],
    "policy/command",
  ];
  const programOf = (folder: string) =>
    programs.find((one) => `${folder}/`.startsWith(`${one}/`));
  for (const { name, imports } of SOURCE_FOLDERS) {
    const own = programOf(name);
    if (name === "cli") continue;
    const others = imports.filter((to) =>
      ![undefined, own].includes(programOf(to))
    );
    deepEqual(others, [], name);
  }
});

Deno.test("the process exits in one place", () => {
  const exits = sources.filter((file) =>
    Deno.readTextFileSync(new URL(`../../src/${file}`, import.meta.url))
      .includes("Deno.exit(")
  );
  deepEqual(exits, []);
});
