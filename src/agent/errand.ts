/** An enforcer that is started for one task: to find out, or to remove. */
import {
  Enforcer,
  type EnforcerEnd,
  type EnforcerProcess,
} from "./enforcer.ts";
import type { FromEnforcer, Ready, Removed } from "./enforcer_lines.ts";

/** What it said, and how it ended. */
export interface ErrandResult {
  readonly ready?: Ready;
  readonly removed?: Removed;
  readonly end: EnforcerEnd;
}

/** Listens until it has ended by itself. */
export async function runErrand(
  process: EnforcerProcess,
): Promise<ErrandResult> {
  let said: { ready?: Ready; removed?: Removed } = {};
  const end = await new Enforcer(process).listen((message: FromEnforcer) => {
    if (message.t === "ready") said = { ready: message };
    if (message.t === "removed") said = { removed: message };
  });
  return { ...said, end };
}
