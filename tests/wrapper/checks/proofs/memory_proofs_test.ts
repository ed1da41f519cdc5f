/** Proofs about pages: each passes on a protected arena, fails if an attack succeeds, and is unknown if its control fails. */
import assert from "node:assert/strict";
import {
  proveDontDump,
  proveLocked,
  proveSecretMemory,
} from "@/wrapper/checks/proofs/memory_proofs.ts";
import type { ProofKernel } from "@/wrapper/checks/machine/host.ts";
import type { ProvenArena } from "@/wrapper/checks/proofs/subject.ts";
import type { Evidence } from "@/score/evidence.ts";
import type { ProofContext } from "@/wrapper/checks/proofs/context.ts";
import { proveDumpable } from "@/wrapper/checks/proofs/process_proof.ts";
import {
  capture,
  makeArena,
  makeKernel,
  makeProcHost,
  makeRound,
  makeSubject,
  ORDINARY_ARENA,
  SECRET_ARENA,
} from "../fake_machine.ts";

const ordinary = makeSubject({ arenas: [makeArena(ORDINARY_ARENA)] });
const gone = makeSubject({
  arenas: [makeArena({ start: 0x1000n, bytes: 4096 })],
});
const none = makeSubject({ arenas: [] });

const SMAPS = capture("6.18-vm", "smaps");

/** The captured machine with another smaps. */
const withSmaps = (text: string) =>
  makeProcHost("6.18-vm", { "/proc/self/smaps": text });

/** State, then reason or detail, of a proof on a machine with these changes. */
async function judge(
  prove: (round: ProofContext) => Evidence | Promise<Evidence>,
  round: Parameters<typeof makeRound>[0] = {},
): Promise<string> {
  const { state, reason, detail } = await prove(makeRound(round));
  return `${state}: ${reason}${detail}`;
}

/** A read by the kernel: of ordinary memory, and of an arena's page. */
const reads = (
  ordinary: (length: number) => number,
  secret: (at: bigint, length: number) => number,
) => ({
  kernel: makeKernel({
    read: (what, length) =>
      what instanceof Uint8Array
        ? ordinary(length)
        : secret(what.start, length),
  }),
});

function secretMemory(
  title: string,
  expected: RegExp,
  round: Parameters<typeof makeRound>[0],
): void {
  Deno.test(`proveSecretMemory() ${title}`, async () => {
    assert.match(await judge(proveSecretMemory, round), expected);
  });
}

const onKernel = (changes: Partial<ProofKernel>) => ({
  kernel: makeKernel(changes),
});
const withArenas = (...arenas: ProvenArena[]) => ({
  subject: makeSubject({ arenas }),
});
const LAST_PAGE = SECRET_ARENA.start + 3n * 4096n;
const ORDINARY = /^absent: protected memory is ordinary locked memory$/;
const PASS = /^in_force: Kernel 6\.18\.44 supports memfd_secret$/;

secretMemory("passes on secret memory", PASS, {});
secretMemory("fails on ordinary memory", ORDINARY, { subject: ordinary });
secretMemory(
  "fails if one arena is ordinary memory",
  ORDINARY,
  withArenas(makeArena(SECRET_ARENA), makeArena(ORDINARY_ARENA)),
);
secretMemory(
  "fails with a seccomp listener",
  /^absent: another process holds a seccomp listener/,
  onKernel({ seccompListener: () => Promise.resolve(16) }),
);
secretMemory(
  "fails with a faked seccomp(2)",
  /^absent: seccomp\(2\) claims success/,
  onKernel({ seccompListener: () => Promise.resolve(71) }),
);
secretMemory(
  "fails if seccomp(2) is forbidden",
  /^absent: cannot rule out a seccomp listener: .* EPERM/,
  onKernel({ seccompListener: () => Promise.resolve(1) }),
);
secretMemory(
  "fails if memfd_secret fails now",
  /^absent: memfd_secret\(2\) fails now with ENOSYS: another process/,
  onKernel({ trySecretMemory: () => "ENOSYS" }),
);
secretMemory(
  "fails if a page can be read",
  /^absent: the kernel read protected memory: take the node out of service$/,
  reads((n) => n, (at, n) => at === LAST_PAGE ? n : -14),
);
secretMemory(
  "fails if reading fails with another errno than EFAULT",
  /^absent: reading protected memory failed with EPERM instead of EFAULT$/,
  reads((n) => n, () => -1),
);
secretMemory(
  "is unknown if the control fails",
  /^unknown: .*reading ordinary memory failed with EPERM/,
  reads(() => -1, () => -1),
);
secretMemory(
  "fails while a descriptor is open",
  /^absent: .*pidfd_getfd/,
  withArenas(makeArena(SECRET_ARENA, { fdIsOpen: () => true })),
);

Deno.test("all page proofs fail without an arena", async () => {
  for (const subject of [none, gone]) {
    for (const prove of [proveSecretMemory, proveLocked, proveDontDump]) {
      assert.match(await judge(prove, { subject }), /^absent/);
    }
  }
});

const SECRET_AT = SMAPS.indexOf("/secretmem");
const WITHOUT_LO = SMAPS.replaceAll(" lo", "")
  .replaceAll(/Locked: +16 kB/g, "Locked:                0 kB");

function locked(
  title: string,
  expected: RegExp,
  smaps: string,
  subject = makeSubject(),
): void {
  Deno.test(`proveLocked() ${title}`, async () => {
    const host = withSmaps(smaps);
    assert.match(await judge(proveLocked, { subject, host }), expected);
  });
}

const CAPABLE = /^in_force: CAP_IPC_LOCK granted, pages locked$/;
const LIMITED =
  /^absent: RLIMIT_MEMLOCK 8 MiB too small, grant CAP_IPC_LOCK or raise it$/;

locked("passes on secret memory", CAPABLE, SMAPS);
locked("passes on ordinary memory", CAPABLE, SMAPS, ordinary);
locked(
  "passes on memory that a fetcher shares",
  CAPABLE,
  SMAPS.slice(0, SECRET_AT) +
    SMAPS.slice(SECRET_AT)
      .replace(/Pss: +16 kB/, "Pss:                   8 kB")
      .replace(/Locked: +16 kB/, "Locked:                8 kB"),
);
locked("fails without lo", LIMITED, SMAPS.replaceAll(" lo", ""), ordinary);
locked("needs no lo on secret memory (Linux 6.12.107)", CAPABLE, WITHOUT_LO);
locked(
  "needs resident pages of secret memory without lo",
  /^absent/,
  WITHOUT_LO.replaceAll(/\nRss: +16 kB/g, "\nRss:  12 kB"),
);
for (const field of ["Rss", "Locked"]) {
  locked(
    `fails if ${field} is too small`,
    /^absent/,
    SMAPS.replaceAll(
      new RegExp(`\n${field}: +16 kB`, "g"),
      `\n${field}:   12 kB`,
    ),
  );
}
locked(
  "is unknown if all memory reads as locked",
  /^unknown/,
  SMAPS.replaceAll(
    /Pss: +(\d+) kB([^V]*?)Locked: +\d+ kB([^V]*)VmFlags:/g,
    "Pss: $1 kB$2Locked: $1 kB$3VmFlags: lo",
  ).replaceAll(/Size: +\d+ kB\nKernel/g, "Size: 0 kB\nKernel")
    .replaceAll(/Pss: 0 kB/g, "Pss: 1 kB")
    .replaceAll(/Locked: 0 kB/g, "Locked: 1 kB"),
);

Deno.test("proveDontDump() passes, fails without dd, and needs its control", async () => {
  const on = (text: string) => judge(proveDontDump, { host: withSmaps(text) });
  assert.equal(await on(SMAPS), "in_force: Core dump exclusion active");
  assert.match(await on(SMAPS.replaceAll(" dd", "")), /^absent/);
  assert.match(
    await on(SMAPS.replaceAll("VmFlags:", "VmFlags: dd")),
    /^unknown/,
  );
});

Deno.test("proofs fail without creating a child if children would inherit an arena", async () => {
  const others = [makeArena(SECRET_ARENA), makeArena(ORDINARY_ARENA)];
  const cases: [string, { start: bigint; bytes: number }[]][] = [
    ["6.18-vm", [SECRET_ARENA]],
    ["of two", [SECRET_ARENA, ORDINARY_ARENA]],
  ];
  for (const [name, bounds] of cases) {
    let children = 0;
    const made = <T>(answer: T) => {
      children++;
      return Promise.resolve(answer);
    };
    const subject = makeSubject({
      arenas: bounds.map((one) => makeArena(one)),
      agent: { exercise: () => made({ unreachable: false, listed: true }) },
    });
    const kernel = makeKernel({
      dumpable: () =>
        made({ dumpable: 0, openUs: 13, openShut: 13, openControl: 0 }),
    });
    const host = withSmaps(SMAPS.replaceAll("lo dc dd", "lo dd"));
    const round = makeRound({ subject, kernel, host });
    const why =
      "children inherit protected memory: MADV_DONTFORK is not in force";
    assert.equal(proveDontDump(round).reason, why, name);
    assert.equal(
      (await proveDumpable(round)).reason,
      `cannot be proven: ${why}`,
    );
    assert.equal((await round.trial()).failure, why);
    assert.equal(children, 0, name);
  }
  const intact = makeSubject({ arenas: others });
  assert.equal(proveDontDump(makeRound({ subject: intact })).state, "in_force");
});

Deno.test("proveDumpable() judges each of its attacks", async () => {
  const protectedByKernel = {
    dumpable: 0,
    openUs: 13,
    openShut: 13,
    openControl: 0,
  };
  const cases: [Partial<typeof protectedByKernel>, string][] = [
    [{}, "in_force: Process non-dumpable"],
    [{ dumpable: 1 }, "absent: process is dumpable (PR_GET_DUMPABLE is 1)"],
    [{ dumpable: 2 }, "absent: process is dumpable (PR_GET_DUMPABLE is 2)"],
    [{ openUs: 0 }, "absent: a process of the same user opened /proc/PID/mem"],
    [
      { openControl: 13 },
      "unknown: cannot be proven: opening /proc/PID/mem of a dumpable child failed with EACCES too",
    ],
    [
      { openShut: 0 },
      "unknown: cannot be proven: the attacker can also open the memory of a non-dumpable child",
    ],
  ];
  for (const [change, expected] of cases) {
    const dumpable = () => Promise.resolve({ ...protectedByKernel, ...change });
    const kernel = makeKernel({ dumpable });
    assert.equal(await judge(proveDumpable, { kernel }), expected);
  }
});
