/** Reads the JUnit file of `deno test`. A step, `test > step`, is part of its test. */
import { XMLParser } from "fast-xml-parser";

/** One failed test, with the messages of the test and its steps. */
export interface Failure {
  readonly name: string;
  readonly text: string;
}

/** The result of one run of `deno test`. */
export interface Outcome {
  readonly passed: number;
  readonly skipped: readonly string[];
  readonly failures: readonly Failure[];
  /** Test files of which a test ran or was skipped, from the repository. */
  readonly files: readonly string[];
}

/** A `<testcase>`; an element without attributes is its text. */
interface Case {
  readonly name: string;
  readonly skipped?: string;
  readonly failure?: string | { readonly "#text"?: string };
}

/** The lines of a failure to keep: its first ones, and the end of a program's output with the top of the stack. */
const FIRST_LINES = 8;
const LAST_LINES = 12;

/** Deno's message for a test of which only steps failed. */
const STEPS_FAILED = /^\d+ test steps? failed/;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  isArray: (name) => name === "testsuite" || name === "testcase",
  // Its defaults against hostile input are below what failures quote.
  processEntities: { enabled: true, maxTotalExpansions: Infinity },
});

/** Reads the file's text. A file without tests gives zeros. */
export function readJunit(xml: string): Outcome {
  const suites: { name: string; testcase?: Case[] }[] =
    parser.parse(xml).testsuites?.testsuite ?? [];
  const cases = suites.flatMap(({ testcase = [] }) => testcase);
  const isStep = ({ name }: Case) =>
    cases.some((test) => name.startsWith(`${test.name} > `));
  const tests = cases.filter((one) => !isStep(one));
  const failed = tests.filter(({ failure }) => failure !== undefined);
  const skipped = tests.filter((one) => one.skipped !== undefined);
  return {
    passed: tests.length - failed.length - skipped.length,
    skipped: skipped.map(({ name }) => name),
    files: suites.filter(({ testcase = [] }) => testcase.length > 0)
      .map(({ name }) => name.replace(/^\.\//, "")),
    failures: failed.map(({ name }) => ({ name, text: textOf(name, cases) })),
  };
}

/** The message of a test, then those of its steps, each with the step's name. */
function textOf(test: string, cases: readonly Case[]): string {
  const step = `${test} > `;
  return cases.flatMap(({ name, failure }) => {
    const text = typeof failure === "object" ? failure["#text"] : failure;
    if (name !== test && !name.startsWith(step)) return [];
    if (text === undefined || STEPS_FAILED.test(text)) return [];
    const lines = shorten(text);
    return name === test ? lines : `${name.slice(step.length)}: ${lines}`;
  }).join("\n");
}

function shorten(text: string): string {
  const lines = text.trimEnd().split("\n");
  if (lines.length <= FIRST_LINES + LAST_LINES) return lines.join("\n");
  const first = lines.slice(0, FIRST_LINES);
  return [...first, "…", ...lines.slice(-LAST_LINES)].join("\n");
}
