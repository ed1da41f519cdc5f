/**
 * The proofs on the real kernel, through the real shim, in processes of their
 * own (they become non-dumpable). Each runs once protected and once with one
 * protection missing, which the proof must notice.
 */
import assert from "node:assert/strict";

const CHILD = new URL("./native_child.ts", import.meta.url).pathname;

interface Seen {
  readonly states: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<string, string>>;
  readonly times: Readonly<Record<string, number>>;
}

async function run(...flaws: string[]): Promise<Seen> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CHILD, ...flaws],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The checks that are in force. */
function passed({ states }: Seen): string[] {
  return Object.keys(states).filter((name) => states[name] === "in_force");
}

const FIVE = [
  "memfd_secret",
  "mlock",
  "madv_dontdump",
  "pr_set_dumpable",
  "token_protected",
];

function without(name: string): string[] {
  return FIVE.filter((one) => one !== name);
}

Deno.test("a protected process proves all five checks that need no agent", async () => {
  const seen = await run();
  assert.deepEqual(passed(seen), FIVE, JSON.stringify(seen.reasons));
});

Deno.test("preparing does not change what is proven", async () => {
  const seen = await run("prepared");
  assert.deepEqual(passed(seen), FIVE, JSON.stringify(seen.reasons));
});

Deno.test("an ordinary arena is not secret memory, and proves the rest", async () => {
  const seen = await run("ordinary");
  assert.deepEqual(passed(seen), without("memfd_secret"));
  assert.equal(
    seen.reasons.memfd_secret,
    "protected memory is ordinary locked memory",
  );
});

Deno.test("an unlocked page is noticed", async () => {
  const seen = await run("ordinary", "munlock");
  assert.deepEqual(
    passed(seen),
    without("memfd_secret").filter((n) => n !== "mlock"),
  );
});

Deno.test("a page that may be dumped is noticed", async () => {
  const seen = await run("ordinary", "dodump");
  assert.equal(seen.states.madv_dontdump, "absent");
  assert.equal(seen.states.mlock, "in_force");
});

Deno.test("a descriptor of secret memory left open is noticed", async () => {
  const seen = await run("open");
  assert.deepEqual(passed(seen), without("memfd_secret"));
  assert.match(seen.reasons.memfd_secret ?? "", /pidfd_getfd/);
});

Deno.test("a dumpable process is noticed", async () => {
  const seen = await run("dumpable");
  assert.deepEqual(passed(seen), without("pr_set_dumpable"));
});

Deno.test("a copy of the token in ordinary memory is noticed, and counted", async () => {
  const seen = await run("copy");
  assert.deepEqual(passed(seen), without("token_protected"));
  assert.equal(
    seen.reasons.token_protected,
    "1 copy of the token in memory outside the arena",
  );
});

Deno.test("a token file on a disk is noticed", async () => {
  const seen = await run("file");
  assert.deepEqual(passed(seen), without("token_protected"));
  assert.match(
    seen.reasons.token_protected ?? "",
    /^token file \/.* is on \w+$/,
  );
});

Deno.test("an agent that only says it enforces is found out by the real attack", async () => {
  const seen = await run("agent");
  assert.equal(
    seen.reasons.ebpf_connected,
    "agent claims to enforce, but the probe attack succeeded",
  );
  assert.equal(
    seen.reasons.kprobes_active,
    "probe attack succeeded: the agent does not block",
  );
});
