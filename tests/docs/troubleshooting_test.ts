/**
 * docs/TROUBLESHOOTING.md against the source: its messages are those that the
 * programs write, and each exit code has a row.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { EXIT } from "../../src/base/errors.ts";
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

/** True when one source file has all parts of the message. */
function isWritten(message: string): boolean {
  const parts = partsOf(message);
  return parts.some((part) => part.length >= LEAST) &&
    sources.some((source) => parts.every((part) => source.includes(part)));
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
});

Deno.test("docs/TROUBLESHOOTING.md has every exit code", () => {
  const [, part = ""] = /\n## By exit code\n([^]*?)\n## /.exec(PAGE) ?? [];
  const codes = rowsOf(part).flatMap(([cell = ""]) => cell.split(", "));
  const missing = Object.values(EXIT).filter((code) =>
    !codes.includes(String(code))
  );
  deepEqual(missing, []);
});
