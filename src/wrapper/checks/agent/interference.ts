/**
 * Detects processes that intercept our system calls, from the record of a probe
 * attack. A tracer or the holder of a seccomp listener can change the results of
 * system calls, so that they prove nothing about the agent.
 */
import { errnoName, type ProbeRecord } from "@ffi";
import { cleanText } from "@/base/text.ts";
import type { Host } from "@/wrapper/checks/machine/host.ts";
import { findFailedControl } from "./probe_attack.ts";

const YAMA = "/proc/sys/kernel/yama/ptrace_scope";
/** Yama's scope in which no process can be traced: PTRACE_TRACEME always fails then. */
const NO_TRACING = "3";

/** The reason; undefined: no interference found. */
export function findInterference(
  record: ProbeRecord,
  host: Host,
): string | undefined {
  return findTracer(record, host) ?? explainListener(record.listener) ??
    findChanges(record);
}

function findTracer(record: ProbeRecord, host: Host): string | undefined {
  const pid = record.tracers.find((tracer) => tracer > 0);
  if (pid !== undefined) {
    return `this process is traced by ${nameProcess(pid, host)}`;
  }
  const unread = record.tracers.find((tracer) => tracer < 0);
  if (unread !== undefined) {
    return `cannot read the tracer of this process: ${errnoName(-unread)}`;
  }
  const { traceme, inherited } = record;
  if (errnoName(inherited) === "ETIMEDOUT") {
    return "a child did not start in time: the node is overloaded, or a process outside this PID namespace traces this one";
  }
  if (traceme === 0 && inherited === 0) return undefined;
  return canTrace(record, host)
    ? "this process is traced from outside its PID namespace"
    : undefined;
}

/** Whether ptrace(2) works at all. If a filter or Yama forbids it, a failed TRACEME does not mean a tracer. */
function canTrace(record: ProbeRecord, host: Host): boolean {
  if (record.traceme === 0 || record.inherited === 0) return true;
  if (errnoName(record.filtered) !== "ESRCH") return false;
  try {
    return host.readText(YAMA).trim() !== NO_TRACING;
  } catch {
    return true;
  }
}

/** Explains the result of ct_seccomp_listener; undefined: no other process answers our system calls. */
export function explainListener(listener: number): string | undefined {
  const code = errnoName(listener);
  if (listener === 0) return undefined;
  if (code === "EBUSY") {
    return "another process holds a seccomp listener of this process (seccomp_unotify) and can change its system calls";
  }
  if (code === "ETIMEDOUT") {
    return "cannot rule out a seccomp listener: another process stopped the test of an earlier round";
  }
  return code === "EPROTO"
    ? "seccomp(2) claims success and does nothing: another process changes system calls"
    : `cannot rule out a seccomp listener: seccomp(2) fails with ${code}; allow it in the seccomp profile`;
}

function findChanges(record: ProbeRecord): string | undefined {
  const errno = findFailedControl(record);
  if (errno === undefined) return undefined;
  const how = errno < 0 ? `signal ${-errno}` : errnoName(errno);
  return `a process cannot read its own memory (${how}): another process changes its system calls`;
}

function nameProcess(pid: number, host: Host): string {
  try {
    const name = cleanText(host.readText(`/proc/${pid}/comm`).trim(), 16);
    return `process ${pid} ("${name}")`;
  } catch {
    return `process ${pid}`;
  }
}
