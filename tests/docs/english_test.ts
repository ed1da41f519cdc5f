/**
 * Habits that make a reader go back to the start of a sentence, kept out of
 * messages, comments and pages. A short list of patterns, no dictionary: each
 * was met many times, and has a plain form.
 */
import { deepEqual, match, ok } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

/** Pattern, the plain form, and a sentence that it must find. */
const HABITS: readonly (readonly [RegExp, string, string])[] = [
  [/\banew\b/i, "again", "reads the secrets anew"],
  [/\bnobody\b(?!:)/i, "no process, no one", "where nobody listens"],
  [/\bwho(so)?ever\b/i, "a process that, anyone who", "whoever asks"],
  [/\bshall\b/i, "must, should, will", "that the application shall see"],
  [
    /(?<!\b(?:there|which|that|it) )\b(?:is|are|was|were) no (?!longer|more|less|different|one|need)\w/i,
    "is not a",
    "the token is no token",
  ],
  [/\bof ours\b/i, "of the wrapper, our", "a mistake of ours"],
  [/\bso many\b/i, "N, the given number of", "at most so many tries"],
  [/\bin vain\b/i, "without success", "who was waited for in vain"],
  [/\b(?:is|are|was|were|be|been) told\b/i, "is reported", "changes are told"],
  [
    /(?:^|[.;:] )Who (?:is|was|has|had|does|can|cannot|may|must|sends|comes)\b[^?]*$/,
    "a process that",
    "Who was waited for once is not waited for again",
  ],
  [/\bminds? (?:it|them|an?|the)\b/i, "supervises", "minds it as an init"],
];

/** Words that only this project used for things that have a name in the field. */
const PRIVATE =
  /\b(?:courier|herald|errand|parcel|vestibule|desk|tally|whois|forgive)s?\b/i;

const FOLDERS = ["c", "deploy", "docs", "ffi", "src", "tools"];
const TEXT = /\.(?:ts|js|c|h|S|ld|sh|md|ya?ml|tpl|json)$/;
/** Not ours: a changelog quotes what was; notices quote others. */
const EXCEPT = new Set(["tests/docs/english_test.ts"]);

function listFiles(path: string): string[] {
  return [...Deno.readDirSync(new URL(path, ROOT))].flatMap((entry) => {
    const name = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory) {
      return name === "c/build" || path === "" ? [] : listFiles(name);
    }
    return TEXT.test(name) && entry.name !== "deno.lock" ? [name] : [];
  });
}

const files = ["", ...FOLDERS].flatMap(listFiles).filter((f) => !EXCEPT.has(f));

/** Each finding as FILE:LINE: TEXT. */
function find(pattern: RegExp): string[] {
  return files.flatMap((file) =>
    Deno.readTextFileSync(new URL(file, ROOT)).split("\n").flatMap((
      line,
      index,
    ) => pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])
  );
}

for (const [pattern, plain, example] of HABITS) {
  Deno.test(`no "${pattern.source}": say ${plain}`, () => {
    match(example, pattern);
    deepEqual(find(pattern), []);
  });
}

Deno.test("the words of the field, none of our own", () => {
  ok(files.length > 300);
  match("a courier with an errand", PRIVATE);
  deepEqual(find(PRIVATE), []);
});
