/** The enforcer as a program: its command line and its errors, without any kernel feature. */
import assert from "node:assert/strict";
import { EXIT } from "@/base/errors.ts";
import { testAsRoot } from "../support/roles.ts";
import { buildEnforcer } from "../../tools/build/enforcer.ts";

const ENFORCER = await buildEnforcer();

async function run(command: string, args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const [line = ""] = decoder.decode(stdout).split("\n");
  assert.notEqual(line, "", decoder.decode(stderr));
  return { code, said: JSON.parse(line) };
}

for (
  const wrong of [
    "--mode=off",
    "--backends=",
    "--backends=lsm,",
    "--backends=lsm,kprobes",
    "--lock=maybe",
    "--lock",
    "--exec=",
    "--pins=",
    "--socket=",
    "word",
    "",
  ]
) {
  Deno.test(`enforcer: "${wrong}" is a usage error`, async () => {
    const { code, said } = await run(ENFORCER, ["--check", wrong]);
    assert.equal(code, EXIT.usage);
    assert.equal(said.t, "fatal");
    assert.equal(said.reason, `unknown argument ${wrong}`);
  });
}

Deno.test("enforcer: without an agent it does not serve", async () => {
  const { code, said } = await run(ENFORCER, ["--pins=none"]);
  assert.equal(code, EXIT.usage);
  assert.match(said.reason, /descriptor 3 is missing/);
});

testAsRoot(
  "enforcer: in another PID namespace it says what is missing",
  async () => {
    for (const proc of [[], ["--mount-proc"]]) {
      const words = ["--pid", "--fork", ...proc, ENFORCER, "--check"];
      const { code, said } = await run("unshare", words);
      assert.equal(code, EXIT.kernel);
      assert.equal(said.t, "fatal");
      assert.match(said.remedy, /hostPID: true/);
    }
  },
);

/** Starts it with these capabilities less. */
function without(capabilities: string) {
  const words = [
    `--bounding-set=${capabilities}`,
    `--inh-caps=${capabilities}`,
  ];
  return run("setpriv", [...words, ENFORCER, "--check"]);
}

testAsRoot("enforcer: EPERM has a remedy that fits what is held", async () => {
  for (const missing of ["-all", "-sys_admin,-perfmon"]) {
    const { code, said } = await without(missing);
    assert.equal(code, EXIT.kernel);
    assert.match(said.reason, /\(EPERM\)/);
    assert.match(said.remedy, /^run as root, or with CAP_BPF, CAP_PERFMON/);
  }
  // Root of another user namespace holds all of them, and has no right to use them.
  const words = ["--user", "--map-root-user", ENFORCER, "--check"];
  const { code, said } = await run("unshare", words);
  assert.equal(code, EXIT.kernel);
  assert.match(said.reason, /\(EPERM\)/);
  assert.match(said.remedy, /^run the agent in the node's user namespace/);
});

Deno.test("enforcer: it needs no library, and its stack is not executable", async () => {
  const { stdout } = await new Deno.Command("readelf", {
    args: ["-lW", ENFORCER],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.doesNotMatch(text, /INTERP/);
  assert.match(text, /GNU_STACK .* RW /);
  assert.match(text, /GNU_RELRO/);
});
