/**
 * Reads the JUnit file that `deno test` writes: how many tests passed, which
 * were skipped, and what failed with its first lines. A step, `test > step`, is
 * part of its test: what it said when it failed is what its test says.
 */

/** One test that failed: its name, and what it or its steps said. */
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

interface Case {
  readonly name: string;
  readonly isSkipped: boolean;
  /** Undefined: it passed. */
  readonly failure: string | undefined;
}

/** The lines of a failure that are worth repeating: the message, and where it came from. */
const MOST_LINES = 14;

const CASE = /<testcase name="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g;
const FAILURE = /<(?:failure|error)[^>]*>([\s\S]*?)<\/(?:failure|error)>/;

/** What Deno says of a test of which only steps failed: they speak for themselves. */
const STEPS_FAILED = /^\d+ test steps? failed/;

/** Reads the file's text. What has no test in it answers zeros. */
export function readJunit(xml: string): Outcome {
  const cases = [...xml.matchAll(CASE)].map(readCase);
  const isStep = ({ name }: Case) =>
    cases.some((test) => name.startsWith(`${test.name} > `));
  const tests = cases.filter((one) => !isStep(one));
  const failed = tests.filter(({ failure }) => failure !== undefined);
  const skipped = tests.filter(({ isSkipped }) => isSkipped);
  return {
    passed: tests.length - failed.length - skipped.length,
    skipped: skipped.map(({ name }) => name),
    failures: failed.map(({ name }) => ({ name, text: textOf(name, cases) })),
  };
}

/** What a test said and, each with its name, its steps. */
function textOf(test: string, cases: readonly Case[]): string {
  const step = `${test} > `;
  const texts: string[] = [];
  for (const { name, failure } of cases) {
    if (name !== test && !name.startsWith(step)) continue;
    if (failure === undefined || STEPS_FAILED.test(failure)) continue;
    const text = failure.trim().split("\n").slice(0, MOST_LINES).join("\n");
    texts.push(name === test ? text : `${name.slice(step.length)}: ${text}`);
  }
  return texts.join("\n");
}

function readCase([, name = "", body = ""]: RegExpMatchArray): Case {
  const failure = FAILURE.exec(body)?.[1];
  return {
    name: plain(name),
    isSkipped: body.includes("<skipped"),
    failure: failure === undefined ? undefined : plain(failure),
  };
}

function plain(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
