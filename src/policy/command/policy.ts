/**
 * `policy`: renders the policies, and explains manifests without a cluster. A
 * program of its own, so it reports its errors itself.
 */
import { ConfigError, EXIT, kindOf, WrapperError } from "@/base/errors.ts";
import { findNearest } from "@/base/nearest_name.ts";
import { safeText } from "@/base/text.ts";
import { parameterProblems } from "../evaluate/findings.ts";
import type { KubernetesObject } from "../evaluate/inject.ts";
import {
  findParameters,
  findUnread,
  findWorkloads,
  readObjects,
} from "../manifest/read.ts";
import { PARAMETERS } from "../parameters.ts";
import { renderAnchor, renderPolicies } from "../render/manifests.ts";
import { parsePolicyArgs, type PolicyOptions } from "./arguments.ts";
import { explain, renderJson, renderText } from "./explain.ts";
import { POLICY_HELP } from "./help.ts";
import { STANDARD_STREAMS, type Streams } from "./streams.ts";

// `status --policy` judges pods with this script.
export { parameterProblems, policyFindings } from "../evaluate/findings.ts";
export { injectPod } from "../evaluate/inject.ts";

/** A pod would be refused. */
const REFUSED = 1;

/**
 * Runs `policy`. Never rejects.
 *
 * @param words the arguments after `policy`
 * @returns the exit code
 */
export async function runPolicy(
  words: readonly string[],
  streams: Streams = STANDARD_STREAMS,
): Promise<number> {
  try {
    return await perform(await parsePolicyArgs(words), streams);
  } catch (error) {
    const [text, code] = error instanceof WrapperError
      ? [error.message, error.exitCode]
      : [`Internal error: ${kindOf(error)}; please report it`, EXIT.internal];
    await streams.complain(`cloudtaser-wrapper: ${safeText(text, 2000)}\n`);
    return code;
  }
}

async function perform(
  options: PolicyOptions,
  streams: Streams,
): Promise<number> {
  switch (options.task) {
    case "help":
      await streams.write(POLICY_HELP);
      return 0;
    case "render":
      await streams.write(
        options.anchor
          ? renderAnchor(options.half)
          : renderPolicies(options.half),
      );
      return 0;
    case "parameters":
      await streams.write(listParameters());
      return 0;
    case "explain":
      return await explainFile(options, streams);
  }
}

async function explainFile(
  options: PolicyOptions,
  { read, write, complain }: Streams,
): Promise<number> {
  const objects = await readFrom(options.file, read);
  const parameters = requireParameters(
    options.parameters === undefined
      ? objects
      : await readFrom(options.parameters, read),
    options,
  );
  const workloads = findWorkloads(objects);
  if (workloads.length === 0) {
    throw new ConfigError(
      `${nameOf(options.file)} has no pods: give a Pod, or what makes pods`,
    );
  }
  for (const title of findUnread(objects)) {
    await complain(`cloudtaser-wrapper: not judged: ${title}\n`);
  }
  const explanations = workloads.map((one) => explain(one, parameters));
  const render = options.format === "json" ? renderJson : renderText;
  await write(render(explanations));
  const refused = explanations.filter((one) => one.refused).length;
  if (refused === 0) return 0;
  await complain(
    `cloudtaser-wrapper: ${refused} of ${explanations.length} would be refused\n`,
  );
  return REFUSED;
}

async function readFrom(path: string, read: Streams["read"]) {
  return readObjects(await read(path), nameOf(path));
}

function nameOf(path: string): string {
  return path === "-" ? "Standard input" : path;
}

/** @throws {ConfigError} when there are none, or invalid ones */
function requireParameters(
  objects: Parameters<typeof findParameters>[0],
  { parameters: file, mode }: PolicyOptions,
): KubernetesObject {
  const found = findParameters(objects);
  if (found === undefined) {
    throw new ConfigError(
      file === undefined
        ? "No parameters: use --parameters FILE, a file with the ConfigMap cloudtaser of the namespace"
        : `${file} has no ConfigMap cloudtaser: add it (policy parameters lists its keys)`,
    );
  }
  const problems = parameterProblems(found);
  if (problems.length > 0) {
    throw new ConfigError(
      `ConfigMap cloudtaser: ${problems.map(addAdvice).join("; ")}`,
    );
  }
  if (mode === undefined) return found;
  const data = { ...found.data as Record<string, string>, mode };
  return { ...found, data };
}

/** The name that was meant, which CEL cannot find. */
function addAdvice(problem: string): string {
  const [, name = ""] = /^parameter (\S+) is unknown/.exec(problem) ?? [];
  const meant = findNearest(name, PARAMETERS.map((one) => one.name), /^/);
  return meant ? `${problem}; did you mean ${meant}?` : problem;
}

/** Two lines a parameter. */
function listParameters(): string {
  return PARAMETERS.map(({ name, fallback, help, required }) => {
    const note = required
      ? " (required)"
      : fallback === ""
      ? ""
      : ` (default ${fallback})`;
    return `${name}${note}\n    ${help}\n`;
  }).join("");
}
