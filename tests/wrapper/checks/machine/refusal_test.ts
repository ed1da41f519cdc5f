/** The reasons why memfd_secret is refused, to the letter. */
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

interface Case {
  readonly why: string;
  readonly code: string;
  readonly release: string;
  readonly cmdline?: string;
  readonly seccomp?: string;
  readonly builtIn?: boolean;
  readonly memlock?: number;
  readonly reason: string;
}

const CASES: readonly Case[] = [
  {
    why: "kernel too old",
    code: "ENOSYS",
    release: "5.10.0-33-amd64",
    reason: "kernel 5.10 < 5.14",
  },
  {
    why: "kernel too old, and the profile answers first",
    code: "EPERM",
    release: "5.10.0",
    seccomp: "2",
    reason: "kernel 5.10 < 5.14",
  },
  {
    why: "not switched on",
    code: "ENOSYS",
    release: "6.1.0-28-cloud-amd64",
    reason: "kernel 6.1 needs boot option secretmem.enable=1",
  },
  {
    why: "not switched on, in a container",
    code: "ENOSYS",
    release: "5.15.0",
    seccomp: "2",
    builtIn: true,
    reason: "kernel 5.15 needs boot option secretmem.enable=1",
  },
  {
    why: "not built (COS)",
    code: "ENOSYS",
    release: "6.1.85",
    builtIn: false,
    reason: "kernel 6.1 built without CONFIG_SECRETMEM",
  },
  {
    why: "switched off",
    code: "ENOSYS",
    release: "6.12.1",
    cmdline: "secretmem.enable=n",
    builtIn: true,
    reason: "boot option secretmem.enable=0 disables memfd_secret, remove it",
  },
  {
    why: "a profile that answers ENOSYS",
    code: "ENOSYS",
    release: "6.12.1",
    seccomp: "2",
    builtIn: true,
    reason: "blocked by seccomp",
  },
  {
    why: "switched on, but a profile answers ENOSYS",
    code: "ENOSYS",
    release: "6.1.0",
    cmdline: "secretmem.enable=1",
    seccomp: "2",
    builtIn: true,
    reason: "blocked by seccomp",
  },
  {
    why: "a profile that answers EPERM",
    code: "EPERM",
    release: "6.12.1",
    seccomp: "2",
    reason: "blocked by seccomp",
  },
  {
    why: "a filter that lies",
    code: "EBADFD",
    release: "6.12.1",
    seccomp: "2",
    reason:
      "memfd_secret reported success without creating a file: a seccomp filter faked the result",
  },
  {
    why: "no profile, EPERM",
    code: "EPERM",
    release: "6.12.1",
    seccomp: "0",
    reason: "memfd_secret refused with EPERM by a security module",
  },
  {
    why: "limit too small",
    code: "EAGAIN",
    release: "6.12.1",
    memlock: 65_536,
    reason: "RLIMIT_MEMLOCK 64 KiB too small, grant CAP_IPC_LOCK or raise it",
  },
  {
    why: "no limit, no memory",
    code: "ENOMEM",
    release: "6.12.1",
    memlock: Infinity,
    reason:
      "memfd_secret failed with ENOMEM: not enough memory for locked pages",
  },
];

for (const one of CASES) {
  Deno.test(`explainRefusal() ${one.why}`, () => {
    const facts: RefusalFacts = {
      code: one.code,
      call: "memfd_secret",
      version: parseKernelVersion(one.release),
      cmdline: parseCmdline(one.cmdline ?? "quiet"),
      seccomp: one.seccomp ?? "0",
      builtIn: one.builtIn,
      memlock: one.memlock,
    };
    assert.equal(explainRefusal(facts), one.reason);
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
