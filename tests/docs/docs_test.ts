/**
 * The documentation against the code: generated parts are fresh, links lead
 * somewhere, and nothing that a user may meet is left unsaid.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { EXIT } from "../../src/base/errors.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import {
  EXIT_MEANINGS,
  renderDocuments,
  replacePart,
} from "../../tools/docs.ts";
import {
  anchorOf,
  headings,
  listFiles,
  read,
  readRepository,
  ROOT,
} from "./page.ts";

const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "deploy/chart/README.md",
  ...listFiles("docs").filter((path) => path.endsWith(".md")),
];
const README_LINES = 150;
const REPOSITORIES =
  /https?:\/\/(?!raw\.)[\w.]+\/[\w-]+\/cloudtaser-wrapper\b/g;

/** Cells without the blanks that `deno fmt` puts around them. */
function squeeze(text: string): string {
  return text.replace(/ +\|/g, " |").replace(/\| +/g, "| ")
    .replace(/\| -+ (?=\|)/g, "| --- ").replace(/\n+/g, "\n");
}

for (const [path, fresh] of renderDocuments()) {
  Deno.test(`generated parts of ${path} are fresh (else: deno task docs)`, () => {
    equal(squeeze(read(path)), squeeze(fresh));
  });
}

Deno.test("replacePart() replaces what is between the markers", () => {
  const text = "a\n<!-- x -->\nold\n<!-- /x -->\nb";
  const expected = "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb";
  equal(replacePart(text, "x", "new"), expected);
});

Deno.test(`README.md is shorter than ${README_LINES} lines`, () => {
  ok(read("README.md").trimEnd().split("\n").length < README_LINES);
});

Deno.test("README.md names every exit code, CONFIGURATION.md every setting", () => {
  const readme = read("README.md");
  const codes = Object.values(EXIT).map((code) => `| ${code} `);
  deepEqual(codes.filter((code) => !readme.includes(code)), []);
  const page = read("docs/CONFIGURATION.md");
  const names = SETTINGS.map(({ name }) => `\`${name}\``);
  deepEqual(names.filter((name) => !page.includes(name)), []);
});

Deno.test("metrics of the dashboard and the alerts are documented", () => {
  const documented = new Set(
    metricsIn(read("docs/MONITORING.md") + read("docs/AGENT.md")),
  );
  for (const file of ["dashboard.json", "alerts.yaml"]) {
    const used = metricsIn(read(`deploy/chart/files/${file}`));
    ok(used.length > 5, file);
    deepEqual(used.filter((name) => !documented.has(name)), [], file);
  }
});

/** Names of metrics in a text. */
function metricsIn(text: string): string[] {
  return text.match(/\bcloudtaser_[a-z_]+\b/g) ?? [];
}

Deno.test("every exit code has a meaning of its own", () => {
  equal(new Set(Object.values(EXIT_MEANINGS)).size, Object.keys(EXIT).length);
});

Deno.test("every deno task has a description", () => {
  const { tasks } = JSON.parse(read("deno.json"));
  const silent = Object.entries(tasks).filter(([, task]) =>
    typeof (task as { description?: unknown }).description !== "string"
  );
  deepEqual(silent, []);
});

Deno.test("docs/README.md lists every page", () => {
  const list = read("docs/README.md");
  const pages = DOCUMENTS.filter((path) => path.startsWith("docs/"))
    .map((path) => path.replace("docs/", ""))
    .filter((name) => name !== "README.md");
  ok(pages.length > 15);
  deepEqual(pages.filter((name) => !list.includes(`(${name})`)), []);
});

Deno.test("the repository has the chart's address everywhere", () => {
  const home = readRepository();
  const files = [...DOCUMENTS, ...listFiles("deploy").filter(isText)];
  const found = files.flatMap((path) =>
    [...read(path).matchAll(REPOSITORIES)].map(([link]) => ({ path, link }))
  );
  deepEqual(found.filter(({ link }) => link !== home), []);
  const paths = found.map(({ path }) => path);
  const places = ["docs/INSTALL.md", "deploy/chart/files/alerts.yaml"];
  deepEqual(places.filter((path) => !paths.includes(path)), []);
});

function isText(path: string): boolean {
  return /\.(?:md|ya?ml|tpl|txt|json)$/.test(path);
}

for (const path of DOCUMENTS) {
  Deno.test(`links in ${path} lead to files that exist`, () => {
    const base = new URL(path, ROOT);
    const links = [...read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map((match) => match[1] ?? "")
      .filter((link) => !/^[a-z]+:/.test(link));
    deepEqual(links.filter((link) => !exists(new URL(link, base))), []);
  });

  Deno.test(`headings that ${path} links to exist`, () => {
    const base = new URL(path, ROOT);
    const links = [...read(path).matchAll(/\]\(([^)#\s:]*)#([^)]+)\)/g)];
    const missing = links.filter(([, file = "", anchor = ""]) => {
      const text = Deno.readTextFileSync(file ? new URL(file, base) : base);
      return !headings(text).map(anchorOf).includes(anchor);
    });
    deepEqual(missing.map(([link]) => link), []);
  });

  Deno.test(`files that ${path} names exist`, () => {
    const named = [
      ...read(path).matchAll(/`((?:src|tools|tests|ffi|c)\/[^`\s]*)`/g),
    ]
      .map((match) => match[1] ?? "");
    deepEqual(named.filter((name) => !exists(new URL(name, ROOT))), []);
  });
}

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url) !== undefined;
  } catch {
    return false;
  }
}
