/** "The log" of docs/CONFIGURATION.md: its fields and formats are those of the source. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { EXIT } from "../../src/base/errors.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { read, rowsOf } from "./page.ts";

const [, PART = ""] = /\n## The log\n([^]*)/
  .exec(read("docs/CONFIGURATION.md")) ?? [];

/** Where each record is made. `line` of the log shows fields in JSON only. */
const SOURCES: Readonly<Record<string, { file: string; format: string }>> = {
  "the score": { file: "src/score/score_lines.ts", format: "JSON" },
  "a check": { file: "src/score/score_lines.ts", format: "JSON" },
  "an error that ends the wrapper": { file: "main.ts", format: "text, JSON" },
  "the end of the application": {
    file: "src/wrapper/child/application_life.ts",
    format: "JSON",
  },
};

Deno.test("the fields of the log's records are those of the source", () => {
  const rows = rowsOf(PART).slice(1)
    .filter(([record = ""]) => !record.startsWith("an attack"));
  deepEqual(rows.map(([record]) => record), Object.keys(SOURCES));
  for (const [record = "", cell = "", format] of rows) {
    const source = SOURCES[record];
    const fields = [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
    ok(fields.length > 0);
    const text = read(source?.file ?? "");
    const isMade = (name: string) =>
      new RegExp(`\\b${name}(?::|,| \\})`).test(text);
    deepEqual(fields.filter((name) => !isMade(name)), [], record);
    equal(format, source?.format, record);
  }
});

Deno.test("every record has the fields that the page names", () => {
  const [, named = ""] = /object with ([^]*?) and the same fields/.exec(PART) ??
    [];
  const fields = [...named.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  const [, own = ""] =
    /const own = \{([^}]*)\}/.exec(read("src/base/log.ts")) ??
      [];
  deepEqual(fields, own.split(",").map((name) => name.trim()));
});

Deno.test("settings and exit code of the log's part exist", () => {
  const names = [...PART.matchAll(/\bCLOUDTASER_\w+/g)].map(([name]) => name);
  const known: readonly string[] = SETTINGS.map(({ name }) => name);
  ok(names.length >= 3);
  deepEqual(names.filter((name) => !known.includes(name)), []);
  const [, code] = /is below CLOUDTASER_MIN_\w+=75; .* exit_code=(\d+)$/m
    .exec(PART) ?? [];
  equal(Number(code), EXIT.policy);
});
