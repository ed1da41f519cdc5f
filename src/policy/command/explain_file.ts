/** `policy explain` with its files: every object has a result, also beside one that has none. */
import { ConfigError } from "@/base/errors.ts";
import { safeText } from "@/base/text.ts";
import type { KubernetesObject } from "../evaluate/inject.ts";
import { chooseParameters } from "../manifest/parameters.ts";
import {
  findUnread,
  findWorkloads,
  readObjects,
  type Workload,
} from "../manifest/read.ts";
import type { PolicyOptions } from "./arguments.ts";
import { describeError } from "./describe_error.ts";
import {
  explain,
  type Explanation,
  type Failure,
  renderJson,
  renderText,
} from "./explain.ts";
import type { Streams } from "./streams.ts";
import { requireParameters } from "./valid_parameters.ts";

/** A pod would be refused. */
const REFUSED = 1;

/** @returns the exit code */
export async function explainFile(
  options: PolicyOptions,
  { read, write, complain }: Streams,
): Promise<number> {
  const readFrom = async (path: string) =>
    readObjects(await read(path), nameOf(path));
  const objects = await readFrom(options.file);
  const maps = requireParameters(
    options.parameters === undefined
      ? objects
      : await readFrom(options.parameters),
    options.parameters,
  );
  const workloads = findWorkloads(objects);
  if (workloads.length === 0) {
    throw new ConfigError(
      `${nameOf(options.file)} has no pods: give a Pod, or what makes pods`,
    );
  }
  const results = workloads.map((one) => explainOne(one, maps, options));
  const done = results.flatMap((one) => "error" in one ? [] : [one]);
  await write(
    options.format === "json" ? renderJson(results) : renderText(done),
  );
  const { lines, code } = summarize(results, findUnread(objects));
  for (const line of lines) {
    await complain(`cloudtaser-wrapper: ${safeText(line, 2000)}\n`);
  }
  return code;
}

function explainOne(
  { title, namespace, pod }: Workload,
  maps: readonly KubernetesObject[],
  { mode, half }: PolicyOptions,
): Explanation | Failure {
  try {
    if (pod instanceof Error) throw pod;
    const found = chooseParameters(maps, namespace);
    const parameters = mode === undefined
      ? found
      : { ...found, data: { ...found.data as object, mode } };
    return explain(title, pod, parameters, half !== "validating");
  } catch (error) {
    const { text, code } = describeError(error);
    return { title, error: text, code };
  }
}

function summarize(
  results: readonly (Explanation | Failure)[],
  unread: readonly string[],
): { lines: string[]; code: number } {
  const failures = results.filter((one) => "error" in one);
  const refused = results.filter((one) => "refused" in one && one.refused);
  return {
    lines: [
      ...failures.map(({ title, error }) => `${title}: ${error}`),
      ...unread.map((title) => `not judged: ${title}`),
      ...(refused.length > 0
        ? [`${refused.length} of ${results.length} would be refused`]
        : []),
    ],
    // A bug before invalid input, that before a refusal.
    code: failures.length > 0
      ? Math.min(...failures.map(({ code }) => code))
      : refused.length > 0
      ? REFUSED
      : 0,
  };
}

function nameOf(path: string): string {
  return path === "-" ? "Standard input" : path;
}
