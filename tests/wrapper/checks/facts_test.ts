/** Facts without points: values, and unknown ones. */
import assert from "node:assert/strict";
import { readFacts } from "@/wrapper/checks/facts.ts";
import {
  makeArena,
  makeHost,
  makeProcHost,
  ORDINARY_ARENA,
  SECRET_ARENA,
} from "./fake_machine.ts";

const CPU = "/sys/devices/system/cpu/vulnerabilities";
const ARENAS = [makeArena(SECRET_ARENA), makeArena(ORDINARY_ARENA)];

function read(...parts: Parameters<typeof readFacts>): Record<string, string> {
  return Object.fromEntries(
    readFacts(...parts).map(({ name, value }) => [name, value]),
  );
}

Deno.test("readFacts() describes the machine", () => {
  const facts = read(
    ARENAS,
    makeProcHost("6.18-vm", {
      "/proc/swaps":
        "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n",
      "/sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
      "/proc/sys/kernel/yama/ptrace_scope": "1\n",
      "/proc/cmdline": "init_on_free=1",
      [`${CPU}/mds`]: "Not affected\n",
      [`${CPU}/l1tf`]: "Vulnerable: no microcode\n",
    }),
  );
  assert.deepEqual(facts, {
    "guard pages": "in place around every arena",
    canaries: "intact (4 blocks)",
    "cpu mitigations": "vulnerable: l1tf",
    swap: "on (1)",
    lockdown: "integrity",
    init_on_free: "on",
    "yama ptrace_scope": "1: only ancestors may trace",
  });
});

Deno.test("readFacts() gives unknown without files", () => {
  const facts = read([], makeHost({}));
  assert.equal(facts["guard pages"], "no arena");
  assert.equal(facts.swap, "unknown: not available here");
  assert.equal(facts.lockdown, "unknown: not available here");
});

Deno.test("readFacts() reports damage", () => {
  const damaged = makeArena(SECRET_ARENA, {
    check: () => {
      throw new Error("EBADMSG");
    },
  });
  const host = makeProcHost("6.18-vm", { "/proc/self/smaps": "" });
  const facts = read([damaged], host);
  assert.match(facts.canaries ?? "", /^DAMAGED/);
  assert.equal(facts["guard pages"], "MISSING");
});
