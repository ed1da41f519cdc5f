/** Whether this machine is a confidential VM, by device and CPU evidence. */
import {
  absent,
  type Evidence,
  type Finding,
  unknown,
} from "@/evidence/mod.ts";
import type { ProofContext } from "./context.ts";
import type { Host } from "./host.ts";

const DEVICES: Readonly<Record<string, string>> = {
  "sev-guest": "AMD SEV-SNP",
  "tdx_guest": "Intel TDX",
};

/** Without an attestation report there is no pass: a device alone proves nothing. */
export function proveConfidential({ host }: ProofContext): Evidence {
  const finding: Finding = {
    check: "confidential_computing",
    source: "/dev, /proc/cpuinfo",
  };
  const kind = findKind(host);
  return kind === undefined
    ? absent(finding, "not a confidential VM")
    : unknown(finding, `${kind} guest, but no attestation report is fetched`);
}

function findKind(host: Host): string | undefined {
  const device = host.list("/dev").find((name) => name in DEVICES);
  if (device !== undefined) return DEVICES[device];
  const flags = /^flags\s*:(.*)$/m.exec(host.readText("/proc/cpuinfo"))?.[1];
  return flags?.split(" ").includes("tdx_guest") ? "Intel TDX" : undefined;
}
