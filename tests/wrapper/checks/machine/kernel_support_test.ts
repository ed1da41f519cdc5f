/** Kernel support from each of the three sources, and the resulting reason. */
import assert from "node:assert/strict";
import { explainNoAgent } from "@/wrapper/checks/proofs/agent_proofs.ts";
import { type Host, openHost } from "@/wrapper/checks/machine/host.ts";
import {
  readConfig,
  readKernelSupport,
} from "@/wrapper/checks/machine/kernel_support.ts";
import { findBytes, makeHost } from "../fake_machine.ts";

const SYMBOLS = "0000000000000000 T bpf_get_current_pid_tgid\n";

Deno.test("readConfig() reads options, and rejects other texts", () => {
  const host = makeHost({ "/proc/cmdline": "quiet\n" });
  const config = "#\nCONFIG_PROC_FS=y\nCONFIG_BPF_KPROBE_OVERRIDE=y\n" +
    "# CONFIG_SECRETMEM is not set\nCONFIG_BPF_LSM=y\n" +
    'CONFIG_LSM="lockdown,yama,bpf"\n';
  assert.deepEqual(readConfig(host, config), {
    kprobeOverride: true,
    bpfLsm: true,
    secretmem: false,
    source: "/proc/config.gz",
  });
  assert.equal(readConfig(host, "CONFIG_BPF_KPROBE_OVERRIDE=y\n"), undefined);
});

Deno.test("readConfig() uses the active list, then the boot option, then the default", () => {
  const config =
    '\nCONFIG_PROC_FS=y\nCONFIG_BPF_LSM=y\nCONFIG_LSM="yama,bpf"\n';
  const lsm = (files: Record<string, string>, text = config) =>
    readConfig(makeHost(files), text)?.bpfLsm;
  assert.equal(lsm({}), true);
  assert.equal(lsm({ "/proc/cmdline": "lsm=lockdown,yama" }), false);
  assert.equal(
    lsm({
      "/proc/cmdline": "lsm=yama",
      "/sys/kernel/security/lsm": "capability,bpf\n",
    }),
    true,
  );
  assert.equal(lsm({}, "\nCONFIG_PROC_FS=y\nCONFIG_BPF_LSM=y\n"), undefined);
  assert.equal(lsm({}, '\nCONFIG_PROC_FS=y\nCONFIG_LSM="bpf"\n'), false);
});

Deno.test("readKernelSupport() falls back to kallsyms, with a control", async () => {
  const look = (text: string) =>
    readKernelSupport(makeHost({ "/proc/kallsyms": text }));
  const with_ = await look(
    `${SYMBOLS}0000000000000000 T bpf_override_return\n`,
  );
  assert.equal(with_.kprobeOverride, true);
  assert.equal(with_.source, "/proc/kallsyms");
  const without = await look(`${SYMBOLS}0 t my_bpf_override_return_x\n`);
  assert.equal(without.kprobeOverride, false);
  assert.equal((await look("")).kprobeOverride, undefined);
});

Deno.test("readKernelSupport() survives damaged sources", async () => {
  const junk = "\x00\x01junk".repeat(100);
  const support = await readKernelSupport(makeHost({
    "/proc/config.gz": junk,
    "/sys/kernel/btf/vmlinux": junk,
    "/proc/kallsyms": junk,
  }));
  assert.equal(support.kprobeOverride, undefined);
});

Deno.test("readKernelSupport() reads once", async () => {
  let reads = 0;
  const host = makeHost({});
  const counted = {
    ...host,
    readText: (path: string) => {
      reads++;
      return host.readText(path);
    },
  };
  await readKernelSupport(counted);
  const before = reads;
  await readKernelSupport(counted);
  assert.equal(reads, before);
});

/** A BTF file with one function for each name, and an enumerator of another name. */
function encodeBtf(functions: string[], enumerator = "other"): string {
  const names = [...functions, enumerator];
  const strings = `\0${names.map((name) => `${name}\0`).join("")}`;
  const at = (name: string) => strings.indexOf(`\0${name}\0`) + 1;
  const types = [
    ...functions.flatMap((name) => [at(name), 12 << 24, 1]),
    ...[0, 6 << 24 | 1, 4, at(enumerator), 7],
  ];
  const bytes = 4 * types.length;
  const sizes = [24, 0, bytes, bytes, strings.length];
  const words = new Uint32Array([0x1eb9f, ...sizes, ...types]);
  return String.fromCharCode(...new Uint8Array(words.buffer)) + strings;
}

const CONTROL = "bpf_get_current_pid_tgid";

/** A host with a BTF file. */
function makeBtfHost(btf: string, files: Record<string, string> = {}): Host {
  return {
    ...makeHost(files),
    sizeOf: () => btf.length,
    readPart: (_path, at, length) =>
      Uint8Array.from(btf.slice(at, at + length), (c) => c.charCodeAt(0)),
    // deno-lint-ignore require-await
    find: async (_path, range, patterns) => findBytes(btf, range, patterns),
  };
}

Deno.test("readKernelSupport() reads BTF, with a control", async () => {
  const look = (functions: string[], enumerator?: string) =>
    readKernelSupport(makeBtfHost(encodeBtf(functions, enumerator)));
  const all = await look([
    CONTROL,
    "bpf_override_return",
    "bpf_lsm_ptrace_access_check",
    "secretmem_fault",
  ]);
  assert.deepEqual(all, {
    kprobeOverride: true,
    bpfLsm: undefined,
    secretmem: true,
    source: "/sys/kernel/btf/vmlinux",
  });
  const none = await look([CONTROL, "my_bpf_override_return", "secretmem"]);
  assert.deepEqual([none.kprobeOverride, none.bpfLsm, none.secretmem], [
    false,
    false,
    false,
  ]);
  assert.equal((await look(["secretmem_fault"])).source, "");
});

Deno.test("a name that is no function and no typedef is not kprobe override", async () => {
  const named = encodeBtf([CONTROL], "bpf_override_return");
  assert.equal(
    (await readKernelSupport(makeBtfHost(named))).kprobeOverride,
    false,
  );
});

Deno.test("with BTF the active list of security modules counts", async () => {
  const btf = encodeBtf([CONTROL, "bpf_lsm_ptrace_access_check"]);
  const lsm = async (files: Record<string, string>) =>
    (await readKernelSupport(makeBtfHost(btf, files))).bpfLsm;
  assert.equal(await lsm({ "/sys/kernel/security/lsm": "yama,bpf\n" }), true);
  assert.equal(await lsm({ "/proc/cmdline": "lsm=yama\n" }), false);
  for (const said of [true, false]) {
    const host = { ...makeBtfHost(btf), hasBpfLsm: () => said };
    assert.equal((await readKernelSupport(host)).bpfLsm, said);
  }
});

Deno.test("on arm64 BPF LSM needs the direct calls of ftrace", async () => {
  const active = { "/sys/kernel/security/lsm": "yama,bpf\n" };
  const lsm = "bpf_lsm_ptrace_access_check";
  const direct = "register_ftrace_direct";
  const arm64 = async (host: Host) =>
    (await readKernelSupport({ ...host, arch: "aarch64" })).bpfLsm;
  const btf = (...more: string[]) =>
    makeBtfHost(encodeBtf([CONTROL, lsm, ...more]), active);
  assert.equal(await arm64(btf()), false);
  assert.equal(await arm64(btf(direct)), true);
  const symbols = (...more: string[]) => {
    const lines = [CONTROL, lsm, ...more].map((name) => `0 T ${name}\n`);
    return makeHost({ ...active, "/proc/kallsyms": lines.join("") });
  };
  assert.equal(await arm64(symbols()), false);
  assert.equal(await arm64(symbols(direct)), true);
  const config = (more = "") =>
    readConfig(
      { ...makeHost(active), arch: "aarch64" },
      `\nCONFIG_PROC_FS=y\nCONFIG_BPF_LSM=y\n${more}`,
    )?.bpfLsm;
  assert.equal(config(), false);
  assert.equal(config("CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y\n"), true);
});

Deno.test("BTF, configuration and kallsyms of this machine agree", async () => {
  const real = openHost();
  const without = (...missing: string[]) =>
    readKernelSupport({
      ...real,
      sizeOf: (path) => {
        if (missing.includes(path)) throw new Deno.errors.NotFound();
        return real.sizeOf(path);
      },
    });
  const all = await without();
  const config = await without(all.source);
  const names = await without(all.source, config.source);
  for (const other of [config, names]) {
    assert.equal(other.kprobeOverride, all.kprobeOverride);
    assert.equal(other.secretmem, all.secretmem);
    assert.equal(other.bpfLsm, all.bpfLsm);
  }
  assert.equal(all.source, "/sys/kernel/btf/vmlinux");
  assert.equal(names.source, "/proc/kallsyms");
});

Deno.test("explainNoAgent() gives true reasons only", () => {
  const explain = (kprobeOverride?: boolean, bpfLsm?: boolean) =>
    explainNoAgent(
      { kprobeOverride, bpfLsm, secretmem: undefined, source: "" },
      { unreachable: true },
    );
  assert.equal(explain(false, false), "CONFIG_BPF_KPROBE_OVERRIDE not set");
  assert.equal(
    explain(false),
    "no agent; kernel supports BPF LSM if its lsm= option has bpf",
  );
  assert.equal(explain(false, true), "no agent; kernel supports BPF LSM");
  assert.equal(explain(true), "no agent; kernel supports kprobe override");
  assert.equal(
    explain(true, true),
    "no agent; kernel supports kprobe override and BPF LSM",
  );
  assert.equal(explain(undefined, true), "no agent; kernel supports BPF LSM");
  assert.equal(
    explain(),
    "no agent; kernel support for synchronous blocking is unknown",
  );
});
