/**
 * Reads the JUnit file that `deno test` writes: how many passed, which were
 * skipped, and what failed with its first lines. A step, `test > step`, is
 * counted in its test's place.
 */

/** One test or step that failed: its name, and what it said. */
export interface Failure {
  readonly name: string;
  readonly text: string;
}

/** What one run of `deno test` came to. */
export interface Outcome {
  readonly passed: number;
  readonly skipped: readonly string[];
  readonly failures: readonly Failure[];
}

/** The lines of a failure that are worth repeating: the message, and where it came from. */
const MOST_LINES = 14;

const CASE = /<testcase name="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g;
const FAILURE = /<(?:failure|error)[^>]*>([\s\S]*?)<\/(?:failure|error)>/;

/** What Deno says of a test of which only steps failed: they speak for themselves. */
const STEPS_FAILED = /^\d+ test steps? failed/;

/** Reads the file's text. What has no test in it answers zeros. */
export function readJunit(xml: string): Outcome {
  const cases = [...xml.matchAll(CASE)];
  const names = cases.map(([, name = ""]) => name);
  let passed = 0;
  const skipped: string[] = [];
  const failures: Failure[] = [];
  for (const [, name = "", body = ""] of cases) {
    const text = plain(FAILURE.exec(body)?.[1] ?? "");
    const failed = FAILURE.test(body) && !STEPS_FAILED.test(text);
    const hasSteps = names.some((test) => test.startsWith(`${name} &gt; `));
    if (failed) failures.push({ name: plain(name), text: head(text) });
    else if (hasSteps) continue;
    else if (body.includes("<skipped")) skipped.push(plain(name));
    else passed++;
  }
  return { passed, skipped, failures };
}

function head(text: string): string {
  return text.trim().split("\n").slice(0, MOST_LINES).join("\n");
}

function plain(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
