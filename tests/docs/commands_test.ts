/**
 * Every command of a page is run by a test: a call of PageShell, with page and
 * beginning of the block, or of another function of support/pages/, which run
 * it. Calls in comments do not count, and no test may be disabled for good.
 */
import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import {
  dockerfileOf,
  findBlock,
  linesToRun,
  listBlocks,
  listPages,
  NOT_RUN,
} from "../support/pages/blocks.ts";
import { PageShell } from "../support/pages/shell.ts";
import { listFiles, read } from "./page.ts";

const MOST_EXCEPTIONS = 6;
/** A page as a text or a constant, and the beginning as a text. */
const CALL =
  /(?:\.run|\.try|\brunElsewhere|\bdockerfileOf)\(\s*(?:"([^"]+)"|([A-Z]+)),\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/g;
const OWN = "tests/docs/commands_test.ts";
/** Its data is a test that is left out. */
const DISABLED = ["tests/tools/junit_test.ts", OWN];
/** What a fence may say. Blocks of the others have no commands. */
const FENCE = /^ *```(?:sh|dockerfile|yaml|json|ini)?$/;

interface Call {
  readonly page: string;
  readonly start: string;
  readonly file: string;
}

const calls: readonly Call[] = listFiles("tests")
  .filter((file) => file.endsWith("_test.ts") && file !== OWN)
  .flatMap((file) => callsIn(file, withoutComments(read(file))));
const blocks = listPages().flatMap(listBlocks)
  .filter((block) => linesToRun(block).length > 0);

/** Texts are kept: `//` in one is not a comment. */
function withoutComments(source: string): string {
  return source.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\/.*|\/\*[^]*?\*\//g,
    "$1",
  );
}

function callsIn(file: string, text: string): Call[] {
  return [...text.matchAll(CALL)].map(([, page, constant, double, single]) => ({
    page: page ??
      new RegExp(`const ${constant} = "([^"]+)"`).exec(text)?.[1] ?? "",
    start: single ?? JSON.parse(`"${double ?? ""}"`) as string,
    file,
  })).filter(({ page }) => page.endsWith(".md"));
}

Deno.test("a call in a comment does not count", () => {
  const call = 'shell.run("docs/INSTALL.md", "install -D")';
  const said = 'const said = "https://a"; ';
  equal(callsIn("a", withoutComments(`${said}await ${call}`)).length, 1);
  equal(callsIn("a", withoutComments(`${said}// ${call}`)).length, 0);
  equal(callsIn("a", withoutComments(`/* ${said}\n${call} */`)).length, 0);
});

Deno.test("no test is disabled for good", () => {
  const disabled = listFiles("tests")
    .filter((file) => file.endsWith("_test.ts") && !DISABLED.includes(file))
    .filter((file) =>
      /\.test\.(?:ignore|only)\b|\b(?:ignore|only): true\b/
        .test(withoutComments(read(file)))
    );
  deepEqual(disabled, []);
});

Deno.test("fences of pages have a known form", () => {
  const fences = listPages().flatMap((page) =>
    read(page).split("\n").map((text, at) => ({
      text,
      at: `${page}:${at + 1}`,
    }))
  ).filter(({ text }) => /^\s*(?:```|~~~)/.test(text));
  ok(fences.length > 40);
  deepEqual(fences.filter(({ text }) => !FENCE.test(text)), []);
});

Deno.test("commands are in blocks that say so", () => {
  const programs = new Set(
    blocks.filter(({ language }) => language === "sh").flatMap(linesToRun)
      .map((line) => /^(?:sudo )?([\w./-]{2,}) /.exec(line)?.[1])
      .filter((name) =>
        name !== undefined && !/^(?:for|if|do|export)$/.test(name)
      ),
  );
  ok(programs.has("kubectl"));
  const others = listPages().flatMap((page) =>
    [...read(page).matchAll(/^ *```(\w*)\n([^]*?)^ *```$/gm)]
      .filter(([, language = ""]) => !/^(?:sh|dockerfile)$/.test(language))
      .flatMap(([, , text = ""]) => text.split("\n"))
      .map((line) => ({ page, line }))
  );
  ok(others.length > 40);
  deepEqual(
    others.filter(({ line }) =>
      programs.has(/^ *([\w./-]+) /.exec(line)?.[1] ?? "")
    ),
    [],
  );
});

Deno.test("a test runs each block of commands", () => {
  ok(blocks.length > 20);
  const missing = blocks.filter(({ page, text }) =>
    !calls.some((call) => call.page === page && text.startsWith(call.start))
  );
  deepEqual(
    missing.map(({ page, line, text }) =>
      `${page}:${line}: ${text.split("\n")[0]}`
    ),
    [],
  );
});

Deno.test("each call names one block", () => {
  ok(calls.length > 20);
  for (const { page, start, file } of calls) {
    equal(findBlock(page, start).page, page, file);
  }
});

Deno.test(`what no test runs is on a page, and at most ${MOST_EXCEPTIONS} commands`, () => {
  ok(NOT_RUN.length <= MOST_EXCEPTIONS);
  for (const { page, start } of NOT_RUN) {
    const lines = listBlocks(page).flatMap(({ text }) => text.split("\n"));
    equal(lines.filter((line) => line.startsWith(start)).length > 0, true);
  }
});

Deno.test("commands are not to be had without running them", () => {
  throws(() => dockerfileOf("docs/INSTALL.md", "sha256sum"), /run "sha256sum/);
});

Deno.test("PageShell: a command that fails fails the test, and none is replaced", async () => {
  await using shell = await PageShell.open({
    cwd: "/",
    programs: { sha256sum: "#!/bin/sh\nexit 3\n" },
  });
  const sums = ["docs/INSTALL.md", "sha256sum --check"] as const;
  await rejects(shell.run(...sums), /"sha256sum --check" \(3\)/);
  equal((await shell.try(...sums, { codes: { sha256sum: 3 } })).code, 0);
  equal((await shell.try(...sums, { codes: { sha256sum: 4 } })).code, 1);
  const values = { "sha256sum --check": "true" };
  await rejects(shell.run(...sums, { values }), /would not run sha256sum/);
  await rejects(shell.run(...sums, { values: { NS: "a" } }), /has no "NS"/);
  await rejects(shell.run(...sums, { codes: { b: 1 } }), /has no "b"/);
});
