/** An audit log with a fake clock. */
import { Audit, type AuditRecord } from "@/agent/audit/audit.ts";
import { ProcessTrees } from "@/agent/processes/process_trees.ts";
import type { ProcessFiles } from "@/agent/processes/process_files.ts";
import { ProcessLookup } from "@/agent/processes/process_lookup.ts";
import { makeEvent } from "./fake_enforcer.ts";
import { NO_FILES } from "./run_agent.ts";

export class Bench {
  readonly records: AuditRecord[] = [];
  readonly suppressed: number[] = [];
  now = 0;
  readonly trees: ProcessTrees;
  readonly audit: Audit;

  constructor(files: ProcessFiles = NO_FILES) {
    this.trees = new ProcessTrees(files);
    const lookup = new ProcessLookup(files);
    this.audit = new Audit({
      write: (record) => this.records.push(record),
      lookup: (event) => lookup.find(event, this.now),
      reportSuppressed: (count) => this.suppressed.push(count),
      now: () => this.now,
    });
  }

  add(event = makeEvent()): void {
    this.audit.add(event, this.trees.recordAttack(event, this.now));
  }
}
