/**
 * The proofs on the real kernel, with the real shim, in separate processes (they
 * become non-dumpable): once protected, and once without each protection.
 */
import assert from "node:assert/strict";

const CHILD = new URL("./native_child.ts", import.meta.url).pathname;

interface Seen {
  readonly states: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<string, string>>;
}

async function run(...flaws: string[]): Promise<Seen> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CHILD, ...flaws],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const FIVE = [
  "memfd_secret",
  "mlock",
  "madv_dontdump",
  "pr_set_dumpable",
  "token_protected",
];

/** Title, flaws, checks that are lost, reasons of some of them. */
const CASES: readonly [string, string[], string[], Record<string, RegExp>][] = [
  ["a protected process passes five checks without an agent", [], [], {}],
  ["prepareProofs() does not change the result", ["prepared"], [], {}],
  ["an ordinary arena is not secret memory", ["ordinary"], ["memfd_secret"], {
    memfd_secret: /^protected memory is ordinary locked memory$/,
  }],
  [
    "detects an unlocked page",
    ["ordinary", "munlock"],
    ["memfd_secret", "mlock"],
    {},
  ],
  [
    "detects a page in core dumps",
    ["ordinary", "dodump"],
    ["memfd_secret", "madv_dontdump"],
    {},
  ],
  [
    "detects an open descriptor of secret memory",
    ["open"],
    ["memfd_secret"],
    { memfd_secret: /pidfd_getfd/ },
  ],
  ["detects a dumpable process", ["dumpable"], ["pr_set_dumpable"], {}],
  [
    "detects and counts copies of the token in ordinary memory",
    ["copy"],
    ["token_protected"],
    { token_protected: /^1 copy of the token in memory outside the arena$/ },
  ],
  [
    "detects a token file on a disk",
    ["file"],
    ["token_protected"],
    { token_protected: /^token file \/.* is on \w+$/ },
  ],
  ["the attack exposes an agent that only claims to enforce", ["agent"], [], {
    ebpf_connected:
      /^agent claims to enforce, but the probe attack succeeded: take the node out of service$/,
    kprobes_active: /^probe attack succeeded: the agent does not block$/,
  }],
];

for (const [title, flaws, lost, wanted] of CASES) {
  Deno.test(title, async () => {
    const { states, reasons } = await run(...flaws);
    assert.deepEqual(
      Object.keys(states).filter((name) => states[name] === "in_force"),
      FIVE.filter((name) => !lost.includes(name)),
      JSON.stringify(reasons),
    );
    for (const [check, reason] of Object.entries(wanted)) {
      assert.match(reasons[check] ?? "", reason);
    }
  });
}
