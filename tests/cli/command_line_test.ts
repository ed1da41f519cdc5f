/** The command line of the wrapper, and where the application's begins. */
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "@/base/errors.ts";
import { explainFlag, explainTopic, HELP, renderHelp } from "@/cli/help.ts";
import {
  COMMAND_FLAGS,
  COMMANDS,
  parseArgs,
  UnknownFlag,
} from "@/cli/command_line.ts";
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

Deno.test("parseArgs() refuses words with one dash before the application", () => {
  throws(() => parse("-bogus", "app"), /unknown flag -bogus: see --help/);
  throws(() => parse("-log-level=debug", "app"), /unknown flag -log-level:/);
  throws(() => parse("-v"), UsageError);
  deepEqual(parse("--", "-v").operands, ["-v"]);
});

Deno.test("parseArgs() takes run as a subcommand", () => {
  const app = { ...none, command: "run", operands: ["app", "-x"] };
  deepEqual(parse("run", "--", "app", "-x"), app);
  deepEqual(parse("run", "app", "-x"), app);
  deepEqual(parse("run", "--log-level=debug", "app").flags, {
    "log-level": "debug",
  });
  deepEqual(parse("--", "run").operands, ["run"]);
});

Deno.test("parseArgs() refuses superfluous words", () => {
  throws(() => parse("check", "app"), /check does not accept "app"/);
  throws(() => parse("check", "--", "app"), /check does not accept "app"/);
  throws(() => parse("install", "/a", "/b"), /install does not accept "\/b"/);
  throws(() => parse("help", "agent", "x"), UsageError);
  throws(() => parse("version", "x"), UsageError);
});

for (const command of ["check", "install", "agent"]) {
  Deno.test(`${command} --help is a page of its own, of one screen`, () => {
    deepEqual(parse(command, "--help").operands, [command]);
    const lines = (renderHelp(command) ?? "").trimEnd().split("\n");
    match(lines[0] ?? "", new RegExp(`^cloudtaser-wrapper ${command} - `));
    ok(lines.length <= 24);
    for (const line of lines) ok(line.length <= 80, line);
  });
}

Deno.test("help refuses an unknown topic", () => {
  equal(renderHelp("constructor"), undefined);
  equal(
    explainTopic("constructor"),
    'no help on "constructor": use help run, check, install, agent, settings, status or policy',
  );
});

Deno.test("an unknown flag is answered with the nearest", () => {
  const answer = (...args: string[]) => {
    try {
      parse(...args);
    } catch (error) {
      if (error instanceof UnknownFlag) return explainFlag(error);
    }
    return undefined;
  };
  equal(
    answer("--min-protection-scoer=55", "app"),
    "unknown flag --min-protection-scoer: did you mean --min-protection-score?",
  );
  equal(answer("-v"), "unknown flag -v: did you mean -V?");
  equal(answer("check", "--jsno"), "unknown flag --jsno: did you mean --json?");
  equal(
    answer("agent", "--lok=on"),
    "unknown flag --lok: did you mean --lock?",
  );
  equal(
    answer("--vault-role=app", "app"),
    "unknown flag --vault-role: did you mean --vault-auth-role?",
  );
  match(answer("--quux", "app") ?? "", /--quux: see --help; put -- before/);
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
    /unknown flag --vault-addr: see agent --help$/,
  );
  throws(() => parse("--lock=on", "app"), /unknown flag --lock:/);
  throws(() => parse("check", "--remove"), /unknown flag --remove:/);
});

Deno.test("parseArgs() passes arguments behind -- on unchanged", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array()), (words) => {
    deepEqual([...parseArgs([encodeCString("--"), ...words]).operands], words);
  }));
});

Deno.test("--help says how to start an application named like a subcommand", () => {
  match(HELP, /name of a subcommand .*needs -- before it/);
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
  // `run` starts an application, so its fetcher may start early too.
  const others = COMMANDS.filter((command) => command !== "run");
  deepEqual(inStub.sort(), [...others, ...COMMAND_FLAGS.keys()].sort());
});
