/** The reason for each cause of a failed memfd_secret. */
import assert from "node:assert/strict";
import {
  parseCmdline,
  parseKernelVersion,
} from "@/wrapper/checks/machine/proc_text.ts";
import {
  explainRefusal,
  type RefusalFacts,
} from "@/wrapper/checks/machine/refusal.ts";
import { proveSecretMemory } from "@/wrapper/checks/proofs/memory_proofs.ts";
import {
  capture,
  makeKernel,
  makeProcHost,
  makeRound,
  makeSubject,
} from "../fake_machine.ts";

/** Title, errno, release, other facts, reason. */
const CASES: readonly [
  string,
  string,
  string,
  Partial<Omit<RefusalFacts, "cmdline">> & { readonly cmdline?: string },
  string,
][] = [
  ["kernel too old", "ENOSYS", "5.10.0-33-amd64", {}, "kernel 5.10 < 5.14"],
  [
    "kernel too old, with a seccomp filter",
    "EPERM",
    "5.10.0",
    { seccomp: "2" },
    "kernel 5.10 < 5.14",
  ],
  [
    "not enabled",
    "ENOSYS",
    "6.1.0-28-cloud-amd64",
    {},
    "kernel 6.1 needs boot option secretmem.enable=1",
  ],
  [
    "not enabled, in a container",
    "ENOSYS",
    "5.15.0",
    { seccomp: "2", builtIn: true },
    "kernel 5.15 needs boot option secretmem.enable=1",
  ],
  [
    "not built (COS)",
    "ENOSYS",
    "6.1.85",
    { builtIn: false },
    "kernel 6.1 built without CONFIG_SECRETMEM",
  ],
  [
    "disabled",
    "ENOSYS",
    "6.12.1",
    { cmdline: "secretmem.enable=n", builtIn: true },
    "boot option secretmem.enable=0 disables memfd_secret, remove it",
  ],
  [
    "a seccomp filter with ENOSYS",
    "ENOSYS",
    "6.12.1",
    { seccomp: "2", builtIn: true },
    "blocked by seccomp",
  ],
  [
    "enabled, but a seccomp filter with ENOSYS",
    "ENOSYS",
    "6.1.0",
    { cmdline: "secretmem.enable=1", seccomp: "2", builtIn: true },
    "blocked by seccomp",
  ],
  [
    "a seccomp filter with EPERM",
    "EPERM",
    "6.12.1",
    { seccomp: "2" },
    "blocked by seccomp",
  ],
  [
    "a seccomp filter that fakes success",
    "EBADFD",
    "6.12.1",
    { seccomp: "2" },
    "memfd_secret reported success without creating a file: a seccomp filter faked the result",
  ],
  [
    "EPERM without a seccomp filter",
    "EPERM",
    "6.12.1",
    {},
    "memfd_secret refused with EPERM by a security module",
  ],
  [
    "limit too small",
    "EAGAIN",
    "6.12.1",
    { memlock: 65_536 },
    "RLIMIT_MEMLOCK 64 KiB too small, grant CAP_IPC_LOCK or raise it",
  ],
  [
    "no limit, no memory",
    "ENOMEM",
    "6.12.1",
    { memlock: Infinity },
    "memfd_secret failed with ENOMEM: not enough memory for locked pages",
  ],
];

for (const [why, code, release, { cmdline, ...facts }, reason] of CASES) {
  Deno.test(`explainRefusal(): ${why}`, () => {
    assert.equal(
      explainRefusal({
        call: "memfd_secret",
        seccomp: "0",
        builtIn: undefined,
        memlock: undefined,
        ...facts,
        code,
        version: parseKernelVersion(release),
        cmdline: parseCmdline(cmdline ?? "quiet"),
      }),
      reason,
    );
  });
}

Deno.test("proveSecretMemory() explains a refusal from captured machines", async () => {
  const refused = (kernel: "6.1-container" | "5.10-container", code: string) =>
    proveSecretMemory(makeRound({
      host: makeProcHost(kernel),
      kernel: makeKernel({ release: () => capture(kernel, "osrelease") }),
      subject: makeSubject({
        secretmemRefusal: { code, call: "memfd_secret" },
      }),
    }));
  const reasons = [
    await refused("5.10-container", "ENOSYS"),
    await refused("6.1-container", "ENOSYS"),
    await refused("6.1-container", "EPERM"),
    await refused("6.1-container", "EAGAIN"),
  ].map(({ state, reason }) => `${state}: ${reason}`);
  assert.deepEqual(reasons, [
    "absent: kernel 5.10 < 5.14",
    "absent: kernel 6.1 needs boot option secretmem.enable=1",
    "absent: blocked by seccomp",
    "absent: RLIMIT_MEMLOCK 64 KiB too small, grant CAP_IPC_LOCK or raise it",
  ]);
});
