/**
 * docs/TROUBLESHOOTING.md against the source: its messages are those that the
 * programs write, and each exit code has a row.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { EXIT } from "../../src/base/errors.ts";
import { signalName } from "../../src/base/signals.ts";
import { listFiles, read, rowsOf } from "./page.ts";

const PAGE = read("docs/TROUBLESHOOTING.md");
/** Without blocks of commands. */
const TEXT = PAGE.replace(/^```[^]*?^```$/gm, "");
/** The longest part of a message between its names and values has this length. */
const LEAST = 6;

const sources = ["src", "tools/base"].flatMap(listFiles)
  .filter((name) => /\.(?:ts|h|c)$/.test(name))
  // "a " + "b" in two lines is one text.
  .map((name) => read(name).replace(/(["`]) \+\s+\1/g, ""));

/** What is quoted in a text: `like this`. */
function quotesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, quote = ""]) => quote);
}

/** The parts of a message between names and values, for which it has `…`. */
function partsOf(message: string): string[] {
  return message.split("…").map((part) => part.trim()).filter((part) => part);
}

/** True when the part is there and does not begin or end within a word. */
function hasWords(source: string, part: string): boolean {
  const isLetter = (text: string | undefined) => /^[a-z]$/i.test(text ?? "");
  for (
    let at = source.indexOf(part);
    at >= 0;
    at = source.indexOf(part, at + 1)
  ) {
    const end = at + part.length;
    const isCut = isLetter(part[0]) && isLetter(source[at - 1]) ||
      isLetter(part.at(-1)) && isLetter(source[end]);
    if (!isCut) return true;
  }
  return false;
}

/** True when one source file has all parts of the message. */
function isWritten(message: string): boolean {
  const parts = partsOf(message);
  return parts.some((part) => part.length >= LEAST) &&
    sources.some((source) => parts.every((part) => hasWords(source, part)));
}

Deno.test("docs/TROUBLESHOOTING.md quotes messages as the source has them", () => {
  const inTables = rowsOf(TEXT).flatMap(([cell = ""]) => quotesIn(cell));
  const inProse = quotesIn(TEXT)
    .filter((quote) => quote !== "…" && quote.includes("…"));
  const messages = [...new Set([...inTables, ...inProse])];
  ok(messages.length > 40);
  deepEqual(messages.filter((message) => !isWritten(message)), []);
});

Deno.test("a message that no program writes is found", () => {
  ok(isWritten("Vault forbids reading …: permission denied; …"));
  equal(isWritten("Vault forbids deleting …: permission denied; …"), false);
  // Two messages in one.
  equal(isWritten("Vault forbids reading …, which is empty; …"), false);
  equal(isWritten("…"), false);
  // Cut within a word.
  equal(isWritten("Vault is seal"), false);
});

Deno.test("docs/TROUBLESHOOTING.md has every exit code", () => {
  const [, part = ""] = /\n## By exit code\n([^]*?)\n## /.exec(PAGE) ?? [];
  const codes = rowsOf(part).flatMap(([cell = ""]) => cell.split(", "));
  const missing = Object.values(EXIT).filter((code) =>
    !codes.includes(String(code))
  );
  deepEqual(missing, []);
  equal(new Set(codes).size, codes.length);
});

/** What the rows say of the wrapper's codes; several codes of a row have their parts in the same order. */
const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  usage: "the command line is invalid",
  unavailable: "Vault was unavailable until the deadline",
  internal: "internal error",
  kernel: "the kernel refused a call",
  policy: "the score or a required check forbids the start",
  config: "a setting is wrong",
  notExecutable: "the application cannot be executed",
  notFound: "or does not exist",
};

Deno.test("docs/TROUBLESHOOTING.md has each exit code's meaning", () => {
  const [, part = ""] = /\n## By exit code\n([^]*?)\n## /.exec(PAGE) ?? [];
  const rows = rowsOf(part).slice(1).map(([codes = "", meaning = ""]) => ({
    codes: codes.split(", ").map(Number),
    meaning,
  }));
  for (const [name, meaning] of Object.entries(MEANINGS)) {
    const code = EXIT[name as keyof typeof EXIT];
    const row = rows.find(({ codes }) => codes.includes(code));
    const text = row?.codes.length === 1
      ? row.meaning
      : row?.meaning.split(", ")[row.codes.indexOf(code)] ?? "";
    ok(text.startsWith(meaning), `${code}: ${text}`);
  }
  const signals = rows.filter(({ codes }) => codes.every((code) => code > 128));
  ok(signals.length >= 4);
  for (const { codes, meaning } of signals) {
    const names = meaning.replace(/:.*$/, "").split(/, | or /);
    deepEqual(
      codes.map((code) => signalName(code - 128)),
      names.map((one) => `SIG${one}`),
    );
  }
});
