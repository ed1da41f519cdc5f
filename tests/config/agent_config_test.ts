/** The agent's settings and their errors. */
import assert from "node:assert/strict";
import { ConfigError, EXIT } from "@/base/errors.ts";
import { AGENT_SETTINGS } from "@/config/agent_settings.ts";
import { flagOf } from "@/config/setting.ts";
import { loadAgentConfig } from "@/config/agent.ts";
import { renderHelp } from "@/cli/help.ts";
import { makeVariable } from "./load_config.ts";

function load(
  variables: Record<string, string> = {},
  flags: Record<string, string> = {},
) {
  return loadAgentConfig(
    new Map(Object.entries(flags)),
    Object.entries(variables).map(([name, value]) =>
      makeVariable(`CLOUDTASER_AGENT_${name}`, value)
    ),
  );
}

Deno.test("by default the agent enforces, locks nothing and allows exec", () => {
  assert.deepEqual({ ...load() }, {
    mode: "enforce",
    lock: false,
    lockAllow: [],
    exec: "allow",
    backends: ["auto"],
    pins: "/sys/fs/bpf/cloudtaser",
    socket: "/run/cloudtaser/agent.sock",
    allowedHosts: [],
    listen: ":8198",
  });
});

Deno.test("with the lock exec is denied, unless it is allowed", () => {
  assert.equal(load({ LOCK: "on" }).exec, "deny");
  assert.equal(load({ LOCK: "on", EXEC: "allow" }).exec, "allow");
});

Deno.test("flags go before variables", () => {
  const config = load({ MODE: "detect", BACKENDS: "lsm" }, {
    mode: "enforce",
    "lock-allow": "cilium-agent, tetragon",
    lock: "on",
    pins: "/sys/fs/bpf/other",
    listen: "off",
  });
  assert.equal(config.mode, "enforce");
  assert.deepEqual(config.backends, ["lsm"]);
  assert.deepEqual(config.lockAllow, ["cilium-agent", "tetragon"]);
  assert.equal(config.listen, undefined);
});

Deno.test("blank settings that would weaken the agent are refused", () => {
  for (const name of ["MODE", "LOCK", "EXEC"]) {
    assert.throws(
      () => load({ [name]: " " }),
      new RegExp(`AGENT_${name} is " ": set a value, or unset it$`),
    );
    assert.throws(() => load({}, { [name.toLowerCase()]: "" }), ConfigError);
  }
});

const names = (count: number) =>
  Array.from({ length: count }, (_, i) => `tool-${i}`).join(",");

Deno.test("at most 16 names are exempt, the capacity of the BPF programs", () => {
  const state = Deno.readTextFileSync("c/bpf/state.h");
  const most = Number(/#define CT_MAX_ALLOWED (\d+)/.exec(state)?.[1]);
  const config = load({ LOCK: "on", LOCK_ALLOW: names(most) });
  assert.equal(config.lockAllow.length, most);
});

const MISTAKES: readonly (readonly [Record<string, string>, RegExp])[] = [
  [{ MODE: "on" }, /MODE is "on": use enforce or detect/],
  [{ LOCK: "yes" }, /LOCK is "yes": use off or on/],
  [{ EXEC: "maybe" }, /EXEC is "maybe": use allow or deny/],
  [
    { BACKENDS: "lsm,kprobes" },
    /BACKENDS is "lsm,kprobes": use auto, or some of/,
  ],
  [{ BACKENDS: "auto,lsm" }, /BACKENDS is/],
  [{ PINS: "cloudtaser" }, /PINS is "cloudtaser": use a directory, or none/],
  [{ SOCKET: "none" }, /SOCKET is "none": use an absolute path/],
  [{ SOCKET: `/${"x".repeat(107)}` }, /SOCKET .* at most 107 bytes/],
  [{ LISTEN: "8198" }, /AGENT_LISTEN is "8198": use :PORT or HOST:PORT /],
  [
    { LOCK: "on", LOCK_ALLOW: "/usr/bin/x" },
    /LOCK_ALLOW contains .* without directories/,
  ],
  [{ LOCK: "on", LOCK_ALLOW: "x".repeat(32) }, /at most 31 characters/],
  [
    { LOCK: "on", LOCK_ALLOW: names(17) },
    /LOCK_ALLOW contains 17 names: use at most 16/,
  ],
  [{ LOCK_ALLOW: "x" }, /LOCK_ALLOW has no effect without the lock/],
  [{ LOCK: "on", MODE: "detect" }, /LOCK is on, but .*MODE is detect/],
  [{ LOCK: "on", PINS: "none" }, /LOCK is on, but .*PINS is none/],
];

for (const [variables, words] of MISTAKES) {
  Deno.test(`a mistake is one line with its remedy: ${JSON.stringify(variables).slice(0, 40)}`, () => {
    assert.throws(() => load(variables), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.exitCode, EXIT.config);
      assert.match(error.message, words);
      assert.match(error.message, /CLOUDTASER_AGENT_/);
      return true;
    });
  });
}

Deno.test("an invalid log setting is an error, as variable and as flag", () => {
  assert.throws(
    () => load({}, { "log-level": "x" }),
    /^ConfigError: CLOUDTASER_LOG_LEVEL is "x": use debug, info, warning or error$/,
  );
  const format = makeVariable("CLOUDTASER_LOG_FORMAT", "xml");
  assert.throws(
    () => loadAgentConfig(new Map(), [format]),
    /CLOUDTASER_LOG_FORMAT is "xml": use text or json/,
  );
  load({}, { "log-level": "debug", "log-format": "json" });
});

Deno.test("one error lists all mistakes", () => {
  assert.throws(() => load({ MODE: "x", LISTEN: "y" }), /MODE.*LISTEN/);
});

Deno.test("agent --help fits a screen of 24 lines and 80 columns, with every flag", () => {
  const lines = (renderHelp("agent") ?? "").trimEnd().split("\n");
  assert.ok(lines.length <= 24);
  for (const line of lines) assert.ok(line.length <= 80, line);
  for (const setting of AGENT_SETTINGS) {
    assert.ok(lines.some((line) => line.includes(`--${flagOf(setting)}=`)));
  }
});
