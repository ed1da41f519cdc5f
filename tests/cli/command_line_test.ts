/** The command line of the wrapper, and where the application's begins. */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "@/base/errors.ts";
import { HELP } from "@/cli/help.ts";
import { COMMAND_FLAGS, COMMANDS, parseArgs } from "@/cli/command_line.ts";
import { decodeLatin1, encodeCString } from "@/process/own_blocks.ts";

const FETCHER = new URL("../../tools/base/fetcher.h", import.meta.url);

function parse(...args: string[]) {
  const { command, flags, switches, operands } = parseArgs(
    args.map(encodeCString),
  );
  return {
    command,
    flags: Object.fromEntries(flags),
    switches: [...switches],
    operands: operands.map((w) => decodeLatin1(w.subarray(0, -1))),
  };
}

const none = { flags: {}, switches: [] };

Deno.test("parseArgs() leaves the application's arguments alone", () => {
  deepEqual(parse("app", "--help", "--", "-x"), {
    ...none,
    command: "run",
    operands: ["app", "--help", "--", "-x"],
  });
  deepEqual(parse("--", "check"), {
    ...none,
    command: "run",
    operands: ["check"],
  });
  deepEqual(
    parse("--log-level", "debug", "--min-protection-score=55", "app", "--x"),
    {
      command: "run",
      flags: { "log-level": "debug", "min-protection-score": "55" },
      switches: [],
      operands: ["app", "--x"],
    },
  );
});

Deno.test("parseArgs() recognizes subcommands", () => {
  deepEqual(parse("check", "--json"), {
    flags: {},
    switches: ["json"],
    command: "check",
    operands: [],
  });
  deepEqual(parse("install", "/shared"), {
    ...none,
    command: "install",
    operands: ["/shared"],
  });
  equal(parse("--help").command, "help");
  equal(parse("--version").command, "version");
});

Deno.test("parseArgs() refuses unknown flags", () => {
  throws(() => parse("--nope", "app"), /unknown flag --nope:/);
  throws(() => parse("--vault-token=x", "app"), /unknown flag --vault-token:/);
  throws(() => parse("--log-level"), /needs a value/);
});

Deno.test("parseArgs() reads the agent's flags and switches", () => {
  deepEqual(parse("agent", "--check", "--lock=on", "--mode", "detect"), {
    command: "agent",
    flags: { lock: "on", mode: "detect" },
    switches: ["check"],
    operands: [],
  });
  deepEqual(parse("agent", "--remove").switches, ["remove"]);
  deepEqual(parse("agent", "--help"), {
    ...none,
    command: "help",
    operands: ["agent"],
  });
  throws(
    () => parse("agent", "--vault-addr=x"),
    /unknown flag --vault-addr of agent: see agent --help$/,
  );
  throws(() => parse("--lock=on", "app"), /unknown flag --lock:/);
  throws(() => parse("check", "--remove"), /unknown flag --remove:/);
});

Deno.test("parseArgs() passes arguments behind -- on unchanged", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array()), (words) => {
    deepEqual([...parseArgs([encodeCString("--"), ...words]).operands], words);
  }));
});

Deno.test("--help fits a screen of 24 lines and 80 columns", () => {
  const lines = HELP.trimEnd().split("\n");
  ok(lines.length <= 24, `${lines.length} lines`);
  for (const line of lines) ok(line.length <= 80, line);
});

Deno.test("parseArgs() treats property names of objects as applications", () => {
  for (const word of ["constructor", "toString", "__proto__", "valueOf"]) {
    deepEqual(parse(word, "x"), {
      ...none,
      command: "run",
      operands: [word, "x"],
    });
    throws(() => parse(`--${word}`), UsageError);
  }
});

Deno.test("an application may have the name of a process of the wrapper", () => {
  for (const name of ["fetcher", "events", "wrapper", "enforcer"]) {
    const args = [new TextEncoder().encode(`${name}\0`)];
    equal(parseArgs(args).command, "run", name);
  }
});

Deno.test("the entry stub starts no fetcher for a command of the wrapper", () => {
  const [, list = ""] =
    /commands\[\]\[\d+\] = \{([^}]*)\}/.exec(Deno.readTextFileSync(FETCHER)) ??
      [];
  const inStub = [...list.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word);
  deepEqual(inStub.sort(), [...COMMANDS, ...COMMAND_FLAGS.keys()].sort());
});
