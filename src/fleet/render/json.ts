/** The report as JSON. Field names are a contract. */
import type { Fleet, FleetWrapper } from "@/fleet/collect/fleet.ts";

/** One JSON document with a line feed; `oneLine` for a stream of documents. */
export function renderJson(fleet: Fleet, oneLine = false): string {
  const { at, place, minimum, below, counts, wrappers, code } = fleet;
  const document = {
    time: new Date(at).toISOString(),
    place,
    minimum: minimum ?? null,
    exitCode: code,
    summary: { wrappers: wrappers.length, below, ...counts },
    wrappers: wrappers.map(describe),
  };
  return `${JSON.stringify(document, null, oneLine ? 0 : 2)}\n`;
}

function describe(wrapper: FleetWrapper) {
  const { target, band, minimum, isBelow, error, status } = wrapper;
  return {
    namespace: target.namespace,
    pod: target.pod,
    node: target.node ?? status?.node ?? null,
    port: target.port ?? null,
    band,
    minimum,
    below: isBelow,
    reason: error ?? null,
    status: status ?? null,
  };
}
