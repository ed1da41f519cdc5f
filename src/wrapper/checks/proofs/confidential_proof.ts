/**
 * Proof that this is a confidential VM: a device that only such guests have, a
 * matching processor, and a hardware report for our nonce. The vendor's signature chain
 * counts only if CLOUDTASER_REQUIRE_ATTESTATION_CHAIN is set; the detail always has it.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/score/evidence.ts";
import {
  type ConfidentialKind,
  parseReport,
} from "@/wrapper/checks/attestation/report.ts";
import type {
  ChainVerdict,
  verifyChain as VerifyChain,
} from "@/wrapper/checks/attestation/chain/verify.ts";
import { equalBytes } from "@/base/bytes.ts";
import { loadCompressedScript } from "@/process/script.ts";
import type { ProofContext } from "./context.ts";
import type { Host } from "@/wrapper/checks/machine/host.ts";
import { fetchReport, type TsmReport } from "@/wrapper/checks/machine/tsm.ts";

const NONCE_BYTES = 64;
/** Reports are slow and rate-limited by the host: a pass is valid for this long. */
const FRESH_MS = 10 * 60_000;
const FINDING: Finding = {
  check: "confidential_computing",
  source: "/sys/class/misc, /proc/cpuinfo, /sys/kernel/config/tsm/report",
};

interface Guest {
  readonly kind: ConfidentialKind;
  /** The driver in configfs-tsm. */
  readonly provider: string;
  /** Lines that /proc/cpuinfo contains in such a guest. */
  readonly processor: readonly RegExp[];
}

/** By device name. */
const GUESTS: Readonly<Record<string, Guest>> = {
  "sev-guest": {
    kind: "AMD SEV-SNP",
    provider: "sev_guest",
    processor: [/^vendor_id\s*: AuthenticAMD$/m, /^flags\s*:.* hypervisor\b/m],
  },
  "tdx_guest": {
    kind: "Intel TDX",
    provider: "tdx_guest",
    processor: [/^vendor_id\s*: GenuineIntel$/m, /^flags\s*:.* tdx_guest\b/m],
  },
  "arm-cca-dev": {
    kind: "Arm CCA",
    provider: "arm_cca_guest",
    processor: [/^CPU implementer\s*:/m],
  },
};
const FOLDERS = ["/sys/class/misc", "/dev", "/sys/devices/platform"];

/** The last pass of each machine. */
const _passed = new WeakMap<Host, Evidence>();

/** Device, processor, report, in this order. */
export async function proveConfidential(
  { host, subject }: ProofContext,
): Promise<Evidence> {
  const last = _passed.get(host);
  if (last && Date.now() - last.at < FRESH_MS) return last;
  const guest = findGuest(host);
  if (!guest) return absent(FINDING, "not a confidential VM");
  const processor = readOrNothing(() => host.readText("/proc/cpuinfo"), "");
  if (!guest.processor.every((line) => line.test(processor))) {
    return absent(
      FINDING,
      `${guest.kind} device, but the processor does not match`,
    );
  }
  if (!host.tsm) return unknown(FINDING, `${guest.kind} guest, no attestation`);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  try {
    const answer = await fetchReport(host.tsm, nonce);
    const evidence = judge(guest, answer, nonce) ??
      await judgeChain(guest, answer, subject.requireChain ?? false);
    if (evidence.state === "in_force") _passed.set(host, evidence);
    return evidence;
  } catch (error) {
    return unknown(FINDING, `${guest.kind} guest, ${explain(error)}`);
  }
}

/** Why the report is not a pass; undefined: it is one, whatever its chain. */
function judge(
  { kind, provider }: Guest,
  { provider: from, report: bytes }: TsmReport,
  nonce: Uint8Array,
): Evidence | undefined {
  if (from !== provider) {
    return absent(FINDING, `${kind} guest, but the report is from ${from}`);
  }
  const report = parseReport(kind, bytes);
  if (!report) {
    return unknown(FINDING, `${kind} guest, but its report cannot be parsed`);
  }
  const isOurs = equalBytes(report.nonce, nonce);
  if (!isOurs) {
    return absent(FINDING, `${kind}: the report has a different nonce`);
  }
  if (report.mayBeDebugged) {
    return absent(FINDING, `${kind} guest that the host can debug`);
  }
  return undefined;
}

/** The chain is always in the detail, and counts if it is required. */
async function judgeChain(
  { kind }: Guest,
  { report, certificates }: TsmReport,
  isRequired: boolean,
): Promise<Evidence> {
  const { result, words } = await verifyChain(kind, report, certificates);
  const chain = {
    verified: `signature chain verified (${words})`,
    unverified: `signature chain not verified: ${words}`,
    invalid: `signature chain invalid: ${words}`,
  }[result];
  if (result === "verified" || !isRequired) {
    const detail = parseReport(kind, report)?.detail;
    return inForce(FINDING, `${kind} guest, ${detail}, our nonce, ${chain}`);
  }
  const fail = result === "invalid" ? absent : unknown;
  return fail(
    FINDING,
    `${kind} guest, ${chain} (CLOUDTASER_REQUIRE_ATTESTATION_CHAIN)`,
  );
}

/** Loads the verification, which only confidential VMs need. */
async function verifyChain(
  kind: ConfidentialKind,
  report: Uint8Array<ArrayBuffer>,
  certificates?: Uint8Array<ArrayBuffer>,
): Promise<ChainVerdict> {
  if (kind === "Arm CCA") {
    return { result: "unverified", words: "Arm CCA has no common root" };
  }
  const input = { kind, report, ...(certificates && { certificates }) };
  try {
    const script = await loadCompressedScript<
      { verifyChain: typeof VerifyChain }
    >("chain");
    return await script.verifyChain(input);
  } catch {
    // The report is a pass without a chain, whatever the verification lacks.
    return { result: "unverified", words: "internal error" };
  }
}

function findGuest(host: Host): Guest | undefined {
  const names = FOLDERS.flatMap((folder) =>
    readOrNothing(() => host.list(folder), [])
  );
  const found = names.find((name) => Object.hasOwn(GUESTS, name));
  return found === undefined ? undefined : GUESTS[found];
}

function explain(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "but no configfs-tsm: needs Linux 6.7 and /sys/kernel/config mounted";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "but this user has no permission to request a report";
  }
  const text = error instanceof Error ? error.message : "error";
  return `but no report: ${text}`;
}

function readOrNothing<T>(read: () => T, nothing: T): T {
  try {
    return read();
  } catch {
    return nothing;
  }
}
