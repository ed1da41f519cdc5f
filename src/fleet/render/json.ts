/** The fleet for programs. Field names are a contract. */
import type { Fleet, Member } from "@/fleet/collect/fleet.ts";

/** One JSON document with a line feed; on one line when several follow each other. */
export function renderJson(fleet: Fleet, oneLine = false): string {
  const { at, place, minimum, below, counts, members, code } = fleet;
  const document = {
    time: new Date(at).toISOString(),
    place,
    minimum: minimum ?? null,
    exitCode: code,
    summary: { wrappers: members.length, below, ...counts },
    wrappers: members.map(describe),
  };
  return `${JSON.stringify(document, null, oneLine ? 0 : 2)}\n`;
}

function describe(member: Member) {
  const { subject, standing, minimum, isBelow, silence, status } = member;
  return {
    namespace: subject.namespace,
    pod: subject.pod,
    node: subject.node ?? status?.node ?? null,
    port: subject.port ?? null,
    standing,
    minimum,
    below: isBelow,
    reason: silence ?? null,
    status: status ?? null,
  };
}
