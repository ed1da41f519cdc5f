/** `agent` as a command: `--check`, errors with their exit status, and missing rights. */
import assert from "node:assert/strict";
import { VECTORS } from "@/agent/vectors/table.ts";
import { inFolder } from "../../support/agent/node_agent.ts";
import { SYNCHRONOUS } from "../../support/agent/protected_application.ts";
import { testAsRoot } from "../../support/roles.ts";
import { runWrapper } from "../../support/wrapper.ts";

Deno.test("--check lists the state of each vector, and its status fits the backends", async () => {
  const { code, stdout } = await runWrapper({ args: ["agent", "--check"] });
  for (const { id } of VECTORS) {
    assert.match(stdout, new RegExp(`^${id} +(refused|killed|open)`, "m"));
  }
  const isSynchronous = SYNCHRONOUS.some((backend) =>
    new RegExp(`^${backend} +passed`, "m").test(stdout)
  );
  assert.equal(code, isSynchronous ? 0 : 77);
  assert.doesNotMatch(stdout, /pinned/);
});

Deno.test("an error is one line with its remedy, and the exit status says whose mistake it is", async () => {
  const cases: [string[], number, RegExp][] = [
    [["--mode=on"], 78, /CLOUDTASER_AGENT_MODE is "on": use enforce or detect/],
    [["--lock=on", "--pins=none"], 78, /the lock must outlive the agent/],
    [["--check", "--log-level=x"], 78, /CLOUDTASER_LOG_LEVEL is "x"/],
    [["--nope"], 64, /unknown flag --nope: see agent --help/],
    [["extra"], 64, /agent accepts only flags/],
    [["--check", "--remove"], 64, /one of --check, --remove and --export/],
    [["--socket=/nowhere/at/all.sock"], 71, /No enforcer: \/nowhere/],
    [
      ["--remove", "--pins=/nowhere/pins"],
      71,
      /no pins at \/nowhere\/pins: use the --pins=PATH/,
    ],
  ];
  for (const [args, expected, words] of cases) {
    const { code, stderr } = await runWrapper({ args: ["agent", ...args] });
    assert.equal(code, expected, stderr);
    assert.match(stderr, words);
    assert.match(
      stderr,
      new RegExp(`\\[cloudtaser-agent\\] error: .* exit_code=${expected}\n$`),
    );
    if (expected !== 71) assert.equal(stderr.trim().split("\n").length, 1);
  }
});

Deno.test("the error of a wrong command line has the format of the flags before it", async () => {
  const programs: [string, string[]][] = [
    ["cloudtaser-agent", ["agent"]],
    ["cloudtaser-wrapper", []],
  ];
  for (const [logger, words] of programs) {
    const { code, stderr } = await runWrapper({
      args: [...words, "--log-format=json", "--bogus"],
    });
    assert.equal(code, 64);
    const { time: _, message, ...fields } = JSON.parse(stderr);
    assert.match(message, /^unknown flag --bogus: /);
    assert.deepEqual(fields, { level: "error", logger, exit_code: 64 });
  }
});

Deno.test("an agent that cannot listen on its socket pins nothing", () =>
  inFolder(async (folder) => {
    const pins = `${folder}/bpf/pins`;
    const socket = "--socket=/nowhere/at/all.sock";
    const { code, stderr } = await runWrapper({
      args: ["agent", socket, `--pins=${pins}`, "--listen=off"],
    });
    assert.equal(code, 71, stderr);
    assert.throws(() => Deno.statSync(pins), Deno.errors.NotFound);
  }));

Deno.test("a lock that cannot be pinned is refused, and nothing is locked", () =>
  inFolder(async (folder) => {
    const places = [`--pins=${folder}/pins`, `--socket=${folder}/agent.sock`];
    const { code, stderr } = await runWrapper({
      args: ["agent", "--lock=on", ...places, "--listen=off"],
    });
    assert.equal(code, 71, stderr);
    assert.match(
      stderr,
      /the lock must outlive the agent, and \S+\/pins is not/,
    );
    assert.match(stderr, /mount -t bpf bpf \/sys\/fs\/bpf on the node/);
  }));

Deno.test("without the right to load BPF it ends with an error", async () => {
  const uid = 65_534;
  const { code, stderr } = await runWrapper({
    args: ["agent", "--pins=none", "--socket=/tmp/agent-without-rights.sock"],
    uid,
  });
  assert.equal(code, 71);
  assert.match(stderr, /No enforcer: /);
  const check = await runWrapper({ args: ["agent", "--check"], uid });
  assert.equal(check.code, 71, "77 is the result of a check");
  assert.match(check.stderr, /Cannot check the node: /);
  assert.equal(check.stdout, "");
  assert.match(check.stderr, /CAP_BPF or CAP_PERFMON is missing|CAP_BPF, /);
});

testAsRoot(
  "an ordinary user is told to run it as root, not to move the socket",
  async () => {
    const { code, stderr } = await runWrapper({
      args: [
        "agent",
        "--pins=none",
        "--socket=/run/cloudtaser-none/agent.sock",
      ],
      uid: 65_534,
    });
    assert.equal(code, 71);
    assert.match(
      stderr,
      /directory \(Permission denied\): run the agent as root/,
    );
  },
);

testAsRoot("--check calls no capability missing that is held", async () => {
  const { stdout } = await runWrapper({ args: ["agent", "--check"] });
  assert.doesNotMatch(stdout, /is missing/);
  const refusals = stdout.match(/^.*\bEPERM\b.*$/gm) ?? [];
  for (const line of refusals) {
    assert.match(
      line,
      /the kernel answered EPERM to loading "\w+", although .*; run the agent in/,
    );
  }
});
