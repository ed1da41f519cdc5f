/**
 * The result of a proof. Evidence is frozen, and its text is safe for a log
 * line. Points are assigned in score.ts.
 */
import { cleanText } from "@/base/text.ts";
import type { CheckName } from "./checks.ts";

/** `unknown` scores 0 and is shown as FAIL. */
export type EvidenceState = "in_force" | "absent" | "unknown";

/** The result of one check. */
export interface Evidence {
  readonly check: CheckName;
  readonly state: EvidenceState;
  /** Why it fails and what to do; empty when in force. */
  readonly reason: string;
  /** One line for the status when in force; empty otherwise. */
  readonly detail: string;
  /** The files and calls that it is based on. */
  readonly source: string;
  /** Time of the proof, in milliseconds since the epoch. */
  readonly at: number;
}

/** A property of the machine that is shown beside the score. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** The check and the source of an evidence. */
export interface Finding {
  readonly check: CheckName;
  readonly source: string;
}

/** The protection is proven to be in force. */
export function inForce(finding: Finding, detail: string): Evidence {
  return make(finding, "in_force", { reason: "", detail });
}

/** The protection is proven not to be in force. */
export function absent(finding: Finding, reason: string): Evidence {
  return make(finding, "absent", { reason, detail: "" });
}

/** The proof has no result: its control failed, or it could not run. */
export function unknown(finding: Finding, reason: string): Evidence {
  return make(finding, "unknown", { reason, detail: "" });
}

function make(
  finding: Finding,
  state: EvidenceState,
  text: { reason: string; detail: string },
): Evidence {
  return Object.freeze({
    check: finding.check,
    state,
    reason: cleanText(text.reason),
    detail: cleanText(text.detail),
    source: cleanText(finding.source),
    at: Date.now(),
  });
}
