/**
 * `check`: what this machine would give, and why, without Vault or application.
 * The proofs are the real ones, on a random witness in place of secrets.
 */
import { blockSignals, harden } from "@ffi";
import { EXIT } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import type { OwnImage } from "@/process/own_image.ts";
import { renderStatus } from "@/wrapper/status/status.ts";
import { renderText } from "@/wrapper/status/status_text.ts";
import { openAgent } from "@/wrapper/checks/agent/open_agent.ts";
import type { Invocation } from "@/config/invocation.ts";
import { readIdentity } from "@/config/pod_identity.ts";
import { listVariables } from "@/config/variables.ts";
import { readGiven, takeIn } from "@/wrapper/secrets/ingest.ts";
import { Protection } from "@/wrapper/checks/protection.ts";
import { makeState } from "@/wrapper/open_status.ts";

/**
 * Proves, prints on standard output, and compares with the minimum.
 *
 * @returns 0, or 77 when an application would not be started here
 */
export async function check(
  line: Invocation,
  own: OwnImage,
  log: Log,
): Promise<number> {
  const startedAt = Date.now();
  blockSignals();
  harden({ noDump: true, noNewPrivileges: true });
  const given = readGiven(own, line.flags);
  const agent = openAgent(given.config);
  await agent.connect();
  const intake = takeIn(given);
  try {
    const protection = new Protection(intake, agent, log);
    await protection.prove();
    protection.lookAround();
    const state = makeState({
      config: intake.config,
      identity: readIdentity(listVariables(own.environment)),
      protection,
      application: () => undefined,
      keeper: () => undefined,
      isSealed: () => false,
      startedAt,
    });
    const text = line.switches.has("json")
      ? `${renderStatus(state)}\n`
      : renderText(state, { aligned: Deno.stdout.isTerminal() });
    Deno.stdout.writeSync(new TextEncoder().encode(text));
    const decision = protection.decide();
    if (decision.start) return 0;
    log.error(`An application would not be started here: ${decision.why}`);
    return EXIT.policy;
  } finally {
    intake.store.close();
  }
}
