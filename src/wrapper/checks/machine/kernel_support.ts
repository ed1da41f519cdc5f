/**
 * What the running kernel was built with, without privileges: from its BTF, else its
 * configuration in /proc/config.gz, else the symbols in /proc/kallsyms. It is read
 * only if a reason needs it, and once per process. It affects reasons, never points.
 *
 * BTF comes first because C searches it in 2 ms: the configuration is shorter, but
 * the first DecompressionStream of a process takes 9 ms.
 */
import {
  BTF_HEADER_BYTES,
  type BtfHeader,
  encodeBtfName,
  encodeBtfTypes,
  parseBtfHeader,
} from "./btf.ts";
import type { Host } from "./host.ts";
import { parseCmdline } from "./proc_text.ts";

/** undefined: unknown. */
export interface KernelSupport {
  readonly kprobeOverride: boolean | undefined;
  /** Built in, in the list of active security modules, and its programs can be attached. */
  readonly bpfLsm: boolean | undefined;
  readonly secretmem: boolean | undefined;
  readonly source: string;
}

const CONFIG = "/proc/config.gz";
const BTF = "/sys/kernel/btf/vmlinux";
const KALLSYMS = "/proc/kallsyms";

/** What other facts hide behind: every kernel with BPF has this function. */
const CONTROL = "bpf_get_current_pid_tgid";
const OVERRIDE = "bpf_override_return";
const LSM = "bpf_lsm_ptrace_access_check";
const SECRETMEM = "secretmem_fault";
/** On arm64 no BPF program is attached to a kernel function without it (before Linux 6.4). */
const DIRECT_CALLS = "register_ftrace_direct";

const kept = new WeakMap<Host, Promise<KernelSupport>>();

/** Reads once per host and caches the result. Never rejects. */
export function readKernelSupport(host: Host): Promise<KernelSupport> {
  const known = kept.get(host) ?? readFirstSource(host);
  kept.set(host, known);
  return known;
}

async function readFirstSource(host: Host): Promise<KernelSupport> {
  for (const read of [fromBtf, fromConfig, fromKallsyms]) {
    try {
      const found = await read(host);
      if (found) return found;
    } catch {
      // Missing or not readable: try the next source.
    }
  }
  return {
    kprobeOverride: undefined,
    bpfLsm: undefined,
    secretmem: undefined,
    source: "",
  };
}

async function fromConfig(host: Host): Promise<KernelSupport | undefined> {
  return readConfig(host, await unpackConfig(host));
}

async function unpackConfig(host: Host): Promise<string> {
  const packed = host.readPart(CONFIG, 0, host.sizeOf(CONFIG));
  const stream = new Blob([new Uint8Array(packed)]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}

/** Reads a kernel configuration. Undefined: not a kernel configuration. */
export function readConfig(
  host: Host,
  config: string,
): KernelSupport | undefined {
  const isSet = (name: string) => config.includes(`\nCONFIG_${name}=y\n`);
  if (!isSet("PROC_FS")) return undefined;
  return {
    kprobeOverride: isSet("BPF_KPROBE_OVERRIDE"),
    bpfLsm: isSet("BPF_LSM") &&
        canAttach(host, isSet("DYNAMIC_FTRACE_WITH_DIRECT_CALLS"))
      ? isActive(host, configuredOrder(config))
      : false,
    secretmem: isSet("SECRETMEM"),
    source: CONFIG,
  };
}

async function fromBtf(host: Host): Promise<KernelSupport | undefined> {
  const size = host.sizeOf(BTF);
  const header = parseBtfHeader(host.readPart(BTF, 0, BTF_HEADER_BYTES), size);
  if (!header) return undefined;
  const names = [CONTROL, `btf_${OVERRIDE}`, OVERRIDE, LSM, SECRETMEM];
  const [control, typedef, override, lsm, secretmem, direct] = await host.find(
    BTF,
    header.strings,
    [...names, DIRECT_CALLS].map(encodeBtfName),
  );
  if (control === undefined) return undefined;
  return {
    kprobeOverride: await hasType(host, header, typedef ?? override),
    bpfLsm: lsm !== undefined && canAttach(host, direct !== undefined)
      ? isActive(host) ?? await isConfigured(host)
      : false,
    secretmem: secretmem !== undefined,
    source: BTF,
  };
}

/** Whether a typedef or a function has the name that {@linkcode encodeBtfName} found at `place`. */
async function hasType(
  host: Host,
  { strings, types }: BtfHeader,
  place: number | undefined,
): Promise<boolean> {
  if (place === undefined) return false;
  const wanted = encodeBtfTypes(place + 1 - strings.at);
  const found = await host.find(BTF, types, wanted);
  return found.some((at) => at !== undefined);
}

/** Whether the configured order has `bpf`. Asked last: it takes 9 ms. */
async function isConfigured(host: Host): Promise<boolean | undefined> {
  try {
    return isActive(host, configuredOrder(await unpackConfig(host)));
  } catch {
    return undefined;
  }
}

function configuredOrder(config: string): string | undefined {
  return /^CONFIG_LSM="(.*)"$/m.exec(config)?.[1];
}

async function fromKallsyms(host: Host): Promise<KernelSupport | undefined> {
  const names = [CONTROL, OVERRIDE, LSM, SECRETMEM, DIRECT_CALLS];
  const [control, override, lsm, secretmem, direct] = await host.find(
    KALLSYMS,
    { at: 0 },
    names.map((name) => new TextEncoder().encode(` ${name}\n`)),
  );
  if (control === undefined) return undefined;
  return {
    kprobeOverride: override !== undefined,
    bpfLsm: lsm !== undefined && canAttach(host, direct !== undefined)
      ? isActive(host)
      : false,
    secretmem: secretmem !== undefined,
    source: KALLSYMS,
  };
}

function canAttach({ arch }: Host, hasDirectCalls: boolean): boolean {
  return arch !== "aarch64" || hasDirectCalls;
}

/** Whether `bpf` is an active security module. The boot option overrides the configured order. */
function isActive(host: Host, configured?: string): boolean | undefined {
  const said = host.hasBpfLsm();
  if (said !== undefined) return said;
  const order = readOptional(host, "/sys/kernel/security/lsm") ??
    parseCmdline(readOptional(host, "/proc/cmdline") ?? "").get("lsm") ??
    configured;
  return order?.trim().split(",").includes("bpf");
}

function readOptional(host: Host, path: string): string | undefined {
  try {
    return host.readText(path);
  } catch {
    return undefined;
  }
}
