/**
 * How a fact is written down. An Evidence says what was seen, not what it is
 * worth; it is frozen, and all of its text is made by us or cleaned, so that it
 * may go to a log line as it is.
 */
import { cleanText } from "@/base/text.ts";
import type { CheckName } from "./checks.ts";

/** `unknown` is never rounded to a pass: it scores 0 and is shown as FAIL. */
export type EvidenceState = "in_force" | "absent" | "unknown";

/** What one check found. */
export interface Evidence {
  readonly check: CheckName;
  readonly state: EvidenceState;
  /** Why it fails, so that a person can act on it; empty when in force. */
  readonly reason: string;
  /** One line for the status when in force; empty otherwise. */
  readonly detail: string;
  /** The files and calls that it was read from. */
  readonly source: string;
  /** When it was seen, in milliseconds since the epoch. */
  readonly at: number;
}

/** Something worth showing beside the points. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** What an evidence is about and where it comes from. */
export interface Finding {
  readonly check: CheckName;
  readonly source: string;
}

/** The protection is in force and was proven now. */
export function inForce(finding: Finding, detail: string): Evidence {
  return make(finding, "in_force", { reason: "", detail });
}

/** The protection is proven not to be in force. */
export function absent(finding: Finding, reason: string): Evidence {
  return make(finding, "absent", { reason, detail: "" });
}

/** The proof says nothing: its control failed, or it could not run. */
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
