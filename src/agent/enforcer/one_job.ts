/** An enforcer that is started for one task: to find out, or to remove. */
import {
  Enforcer,
  type EnforcerEnd,
  type EnforcerProcess,
} from "./enforcer.ts";
import type {
  Exported,
  FromEnforcer,
  Ready,
  Removed,
} from "@/protocol/enforcer.ts";

/** What it said, and how it ended. */
export interface JobResult {
  readonly ready?: Ready;
  readonly removed?: Removed;
  readonly exported?: Exported;
  readonly end: EnforcerEnd;
}

/** Listens until it has ended by itself. */
export async function runJob(
  process: EnforcerProcess,
): Promise<JobResult> {
  let said: { ready?: Ready; removed?: Removed; exported?: Exported } = {};
  const end = await new Enforcer(process).listen((message: FromEnforcer) => {
    if (message.t === "ready") said = { ready: message };
    if (message.t === "removed") said = { removed: message };
    if (message.t === "exported") said = { exported: message };
  });
  return { ...said, end };
}
