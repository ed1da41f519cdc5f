/** An audit with a clock of its own, for tests. */
import { Audit, type AuditRecord } from "@/agent/audit/audit.ts";
import { Families } from "@/agent/processes/protected_processes.ts";
import type { ProcessFiles } from "@/agent/processes/process_files.ts";
import { ProcessLookup } from "@/agent/processes/process_lookup.ts";
import { makeEvent } from "./fake_enforcer.ts";
import { NO_FILES } from "./run_agent.ts";

/** An audit with a clock of its own. */
export class Bench {
  readonly records: AuditRecord[] = [];
  readonly heldBack: number[] = [];
  now = 0;
  readonly families: Families;
  readonly audit: Audit;

  constructor(files: ProcessFiles = NO_FILES) {
    this.families = new Families(files);
    const lookup = new ProcessLookup(files);
    this.audit = new Audit({
      write: (record) => this.records.push(record),
      lookup: (event) => lookup.ask(event, this.now),
      tellHeldBack: (count) => this.heldBack.push(count),
      now: () => this.now,
    });
  }

  take(event = makeEvent()): void {
    this.audit.take(event, this.families.takeAttack(event, this.now));
  }
}
