/**
 * `check`: prints this host's score, without Vault or application. The proofs
 * are those of a start; a random control value replaces the secrets.
 */
import { blockSignals, harden } from "@ffi";
import { EXIT } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import type { OwnBlocks } from "@/process/own_blocks.ts";
import { renderStatus, renderText } from "@/wrapper/status/status.ts";
import { openAgent } from "@/wrapper/checks/agent/link.ts";
import { readIdentity } from "@/config/pod_identity.ts";
import { ingest } from "@/wrapper/secrets/ingest.ts";
import { readInput } from "@/wrapper/secrets/input.ts";
import type { Invocation, Variable } from "@/config/reader.ts";
import { Protection } from "@/wrapper/checks/protection.ts";
import { makeReport } from "@/wrapper/open_status.ts";

/**
 * Proves, prints the result on standard output, and compares it with the minimum.
 *
 * @returns 0, or 77 when an application would not be started here
 */
export async function check(
  invocation: Invocation,
  own: OwnBlocks,
  variables: readonly Variable[],
  log: Log,
): Promise<number> {
  const startedAt = Date.now();
  blockSignals();
  harden({ noDump: true, noNewPrivileges: true });
  const input = await readInput(own, variables, invocation.flags);
  for (const warning of input.config.warnings) log.warn(warning);
  const agent = openAgent(input.config);
  await agent.connect();
  const ingested = ingest(input);
  try {
    const protection = new Protection(ingested, agent, log);
    await protection.prove();
    const { config } = ingested;
    const identity = readIdentity(variables);
    const report = makeReport({ config, identity, protection, startedAt });
    const text = invocation.switches.has("json")
      ? `${renderStatus(report)}\n`
      : renderText(report, { aligned: Deno.stdout.isTerminal() });
    Deno.stdout.writeSync(new TextEncoder().encode(text));
    const decision = protection.decide();
    if (decision.start) return 0;
    log.error(`An application would not start here: ${decision.why}`);
    return EXIT.policy;
  } finally {
    ingested.store.close();
  }
}
