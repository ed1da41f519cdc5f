/**
 * `policy`: renders the policies, and explains manifests without a cluster. A
 * program of its own, so it reports its errors itself.
 */
import { safeText } from "@/base/text.ts";
import { PARAMETERS } from "../parameters.ts";
import { renderAnchor, renderPolicies } from "../render/manifests.ts";
import { parsePolicyArgs, type PolicyOptions } from "./arguments.ts";
import { describeError } from "./describe_error.ts";
import { explainFile } from "./explain_file.ts";
import { POLICY_HELP } from "./help.ts";
import { STANDARD_STREAMS, type Streams } from "./streams.ts";

// `status --policy` judges pods with this script.
export { parameterProblems, policyFindings } from "../evaluate/findings.ts";
export { injectPod } from "../evaluate/inject.ts";

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
    const { text, code } = describeError(error);
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
