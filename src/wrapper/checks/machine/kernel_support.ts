/**
 * What the running kernel was built with, without privileges: from its configuration
 * in /proc/config.gz, else its BTF, else the symbols in /proc/kallsyms. This takes
 * milliseconds, so it is read only if a reason needs it, and once per process. It
 * affects reasons, never points.
 */
import {
  BTF_HEADER_BYTES,
  BTF_KIND,
  findBtfStrings,
  hasBtfType,
  parseBtfHeader,
} from "./btf.ts";
import type { Host } from "./host.ts";
import { parseCmdline } from "./proc_text.ts";

/** undefined: unknown. */
export interface KernelSupport {
  readonly kprobeOverride: boolean | undefined;
  /** Built in and in the list of active security modules. */
  readonly bpfLsm: boolean | undefined;
  readonly secretmem: boolean | undefined;
  readonly source: string;
}

const CONFIG = "/proc/config.gz";
const BTF = "/sys/kernel/btf/vmlinux";
const KALLSYMS = "/proc/kallsyms";

const kept = new WeakMap<Host, Promise<KernelSupport>>();

/** Reads once per host and caches the result. Never rejects. */
export function readKernelSupport(host: Host): Promise<KernelSupport> {
  const known = kept.get(host) ?? readFirstSource(host);
  kept.set(host, known);
  return known;
}

async function readFirstSource(host: Host): Promise<KernelSupport> {
  for (const read of [fromConfig, fromBtf, fromKallsyms]) {
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
  const packed = host.readPart(CONFIG, 0, host.sizeOf(CONFIG));
  const stream = new Blob([new Uint8Array(packed)]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return readConfig(host, await new Response(stream).text());
}

/** Reads a kernel configuration. Undefined: not a kernel configuration. */
export function readConfig(
  host: Host,
  config: string,
): KernelSupport | undefined {
  const isSet = (name: string) => config.includes(`\nCONFIG_${name}=y\n`);
  if (!isSet("PROC_FS")) return undefined;
  const order = /^CONFIG_LSM="(.*)"$/m.exec(config)?.[1];
  return {
    kprobeOverride: isSet("BPF_KPROBE_OVERRIDE"),
    bpfLsm: isSet("BPF_LSM") ? isActive(host, order) : false,
    secretmem: isSet("SECRETMEM"),
    source: CONFIG,
  };
}

function fromBtf(host: Host): KernelSupport | undefined {
  const size = host.sizeOf(BTF);
  const header = parseBtfHeader(host.readPart(BTF, 0, BTF_HEADER_BYTES), size);
  if (!header) return undefined;
  const { strings, types, littleEndian } = header;
  const found = findBtfStrings(host.readPart(BTF, strings.at, strings.bytes), [
    "bpf_get_current_pid_tgid",
    "btf_bpf_override_return",
    "bpf_override_return",
    "bpf_lsm_ptrace_access_check",
    "secretmem_fault",
  ]);
  if (!found.has("bpf_get_current_pid_tgid")) return undefined;
  const name = found.get("btf_bpf_override_return") ??
    found.get("bpf_override_return");
  const kinds = [BTF_KIND.typedef, BTF_KIND.func];
  return {
    kprobeOverride: name === undefined ? false : hasBtfType(
      host.readPart(BTF, types.at, types.bytes),
      littleEndian,
      { name, kinds },
    ),
    bpfLsm: found.has("bpf_lsm_ptrace_access_check") ? isActive(host) : false,
    secretmem: found.has("secretmem_fault"),
    source: BTF,
  };
}

function fromKallsyms(host: Host): KernelSupport | undefined {
  const text = host.readText(KALLSYMS);
  const has = (name: string) => text.includes(` ${name}\n`);
  if (!has("bpf_get_current_pid_tgid")) return undefined;
  return {
    kprobeOverride: has("bpf_override_return"),
    bpfLsm: has("bpf_lsm_ptrace_access_check") ? isActive(host) : false,
    secretmem: has("secretmem_fault"),
    source: KALLSYMS,
  };
}

/** Whether `bpf` is an active security module. The boot option overrides the configured order. */
function isActive(host: Host, configured?: string): boolean | undefined {
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
