/** System calls that report success and do nothing: they get no points, and the wrapper writes to no other file. */
import assert from "node:assert/strict";
import { amongLies, type Lie } from "./lying_kernel.ts";
import { TestVault } from "../support/test_vault.ts";
import { runWrapper, type WrapperResult } from "../support/wrapper.ts";

const MADV_DONTFORK = 10;

/** Runs the wrapper with a file as its standard input, which must not change. */
async function runAmong(
  lies: readonly Lie[],
  env: Readonly<Record<string, string>>,
): Promise<WrapperResult> {
  const stdin = await Deno.makeTempFile({ prefix: "lies-" });
  try {
    const result = await runWrapper({
      args: ["/bin/echo", "started"],
      within: amongLies(lies, stdin),
      env,
    });
    assert.equal(Deno.statSync(stdin).size, 0, result.stderr);
    return result;
  } finally {
    await Deno.remove(stdin);
  }
}

Deno.test("a memfd_secret that does nothing costs its points, and secrets are delivered", async () => {
  await using vault = await TestVault.start();
  for (const lies of [[], [{ call: "memfd_secret" }]] as const) {
    const { code, stdout, stderr } = await runAmong(lies, vault.env());
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "started\n");
    assert.match(
      stderr,
      lies.length === 0
        ? /memfd_secret: OK \(\+15\)\n/
        : /memfd_secret: FAIL \(\+0\) memfd_secret reported success without creating a file: a seccomp filter faked the result\n/,
    );
    assert.match(stderr, /mlock: OK \(\+10\)\n/);
  }
});

Deno.test("a memfd_create that does nothing ends the start with one line and 71", async () => {
  const { code, stdout, stderr } = await runAmong(
    [{ call: "memfd_create" }],
    {},
  );
  assert.equal(code, 71, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^\[.*error: memfd_create.*seccomp profile.*\n$/);
});

for (
  const [title, lies] of [
    ["no madvise at all", [{ call: "madvise" }]],
    ["no MADV_DONTFORK", [{ call: "madvise", advice: MADV_DONTFORK }]],
    ["no madvise on ordinary memory", [
      { call: "madvise" },
      { call: "memfd_secret" },
    ]],
  ] as const
) {
  Deno.test(`${title}: checks that need a child fail`, async () => {
    await using vault = await TestVault.start();
    const { code, stdout, stderr } = await runAmong(lies, vault.env());
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "started\n");
    const why =
      "children inherit protected memory: MADV_DONTFORK is not in force";
    assert.match(stderr, /madv_dontdump: FAIL \(\+0\) /);
    assert.ok(
      stderr.includes(`pr_set_dumpable: FAIL (+0) cannot be proven: ${why}\n`),
      stderr,
    );
    assert.ok(stderr.includes(`ebpf_connected: FAIL (+0) ${why}\n`), stderr);
    const gated = await runAmong(lies, {
      ...vault.env(),
      CLOUDTASER_REQUIRE_CHECKS: "madv_dontdump",
    });
    assert.equal(gated.code, 77);
    assert.equal(gated.stdout, "");
  });
}
