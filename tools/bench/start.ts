/**
 * Measures the time from exec to the application's main, interleaved with the
 * programs that it is compared to: `deno run`, tini as an init, and `bao agent`.
 */
import { installOpenBao } from "../openbao/server.ts";
import {
  type CommandLine,
  round,
  type Run,
  summarize,
  type Summary,
  type Workshop,
} from "./command.ts";
import { type BenchServer, THREE } from "./server.ts";

/** Times of a start, next to those of others. */
export interface StartFigures {
  /** To the application's main, milliseconds. */
  readonly secrets: Summary;
  readonly init: Summary;
  readonly tini: Summary;
  readonly baoAgent: Summary;
  /** A whole `deno run` of an empty file. */
  readonly deno: Summary;
  /** Parts of `secrets` in their order, mean milliseconds. */
  readonly split: Readonly<Record<string, number>>;
  /** `secrets` in terms of `deno`: median of the rounds' own ratios. */
  readonly timesDeno: Summary;
  /** Each proof, median milliseconds, and all together. */
  readonly proofs: Readonly<Record<string, number>>;
  /** The same without secrets, where nothing warms the code up during a fetch. */
  readonly coldProofs: Readonly<Record<string, number>>;
}

/** The binary, and the number of rounds. */
export interface StartOptions {
  readonly binary: string;
  readonly rounds: number;
  readonly agentRounds: number;
}

/** Measures; the first round of each is thrown away. */
export async function measureStart(
  workshop: Workshop,
  server: BenchServer,
  { binary, rounds, agentRounds }: StartOptions,
): Promise<StartFigures> {
  const empty = workshop.path("empty.js");
  await Deno.writeTextFile(empty, "");
  const init = [binary, "--", ...workshop.application()];
  const words = [...init, ...THREE];
  const off = { CLOUDTASER_LISTEN: "off" };
  const commands = {
    secrets: { words, env: server.three },
    deno: {
      words: [Deno.execPath(), "run", empty],
      env: { HOME: workshop.dir, DENO_NO_UPDATE_CHECK: "1" },
    },
    traced: { words, env: { ...server.three, ...TRACE } },
    init: { words: init, env: off },
    tracedInit: { words: init, env: { ...off, ...TRACE } },
    tini: { words: ["/usr/bin/tini", "-s", "--", ...workshop.application()] },
  };
  const runs = await interleave(workshop, commands, rounds);
  const agent = await makeAgent(workshop, server);
  const agentRuns = await interleave(workshop, { agent }, agentRounds);
  return {
    secrets: summarize(toMain(runs.secrets)),
    init: summarize(toMain(runs.init)),
    tini: summarize(toMain(runs.tini)),
    baoAgent: summarize(toMain(agentRuns.agent)),
    deno: summarize(runs.deno.map((run) => run.toEnd)),
    split: averageSplit(runs.traced),
    // Round by round, so that a busy moment of the machine affects both sides.
    timesDeno: summarize(
      runs.secrets.map((run, i) =>
        (run.toMain ?? 0) / (runs.deno[i]?.toEnd ?? 1)
      ),
    ),
    proofs: summarizeProofs(runs.traced),
    coldProofs: summarizeProofs(runs.tracedInit),
  };
}

const TRACE = { CLOUDTASER_LOG_LEVEL: "debug", CLOUDTASER_LOG_FORMAT: "json" };

/** Runs A B C, A B C, …, so that a disturbance affects all of them. */
async function interleave<Name extends string>(
  workshop: Workshop,
  commands: Readonly<Record<Name, CommandLine>>,
  rounds: number,
): Promise<Record<Name, Run[]>> {
  const names = Object.keys(commands) as Name[];
  const runs = Object.fromEntries(
    names.map((name) => [name, [] as Run[]]),
  ) as Record<Name, Run[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const run = await workshop.time(commands[name]);
      if (round > 0) runs[name].push(run);
    }
  }
  return runs;
}

function toMain(runs: readonly Run[]): number[] {
  return runs.flatMap((run) => run.toMain ?? []);
}

interface LogLine {
  readonly time: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

function readLog({ stderr }: Run): LogLine[] {
  return stderr.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

/** Milliseconds of each part; the log's times are whole milliseconds. */
function divide(run: Run): Record<string, number> {
  const log = readLog(run);
  const find = (start: string) => {
    const line = log.find(({ message }) => message.startsWith(start));
    if (!line) throw new Error(`No line "${start}" in the log`);
    return line;
  };
  const at = (start: string) => Date.parse(find(start).time);
  const times = find("Secrets loaded").message.matchAll(/(\w+) (\d+) ms/g);
  const { login = 0, read = 0, hand = 0 } = Object.fromEntries(
    [...times].map(([, name = "", ms]) => [name, Number(ms)]),
  );
  const job = at("Secrets loaded") - at("Fetcher started");
  return {
    "start of the wrapper": at("Starting") - run.wallStart,
    "harden, read settings": at("Fetcher started") - at("Starting"),
    "start of the fetcher": job - login - read - hand,
    "TLS, login": login,
    "reads": read,
    "hand-off": hand,
    "proofs": at("Protection score") - at("Secrets loaded"),
    "spawn": run.wallMain - at("Protection score"),
  };
}

/** Means, because the times are only known to a millisecond. */
function averageSplit(runs: readonly Run[]): Record<string, number> {
  const splits = runs.map(divide);
  const mean = (name: string) =>
    splits.reduce((sum, split) => sum + (split[name] ?? 0), 0) / splits.length;
  const names = Object.keys(splits[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, round(mean(name))]));
}

/** Of the last round of proofs before the score. */
function summarizeProofs(runs: readonly Run[]): Record<string, number> {
  const rounds = runs.flatMap((run) =>
    readLog(run).filter((l) => l.message.startsWith("Proved")).slice(-1)
  ).map((line) =>
    Object.entries(line).filter((field): field is [string, number] =>
      typeof field[1] === "number"
    )
  ).map((proofs) => {
    const all = proofs.reduce((sum, [, time]) => sum + time, 0);
    return Object.fromEntries([...proofs, ["all", all]]);
  });
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [
    name,
    summarize(rounds.map((round) => round[name] ?? 0)).median,
  ]));
}

async function makeAgent(
  workshop: Workshop,
  server: BenchServer,
): Promise<CommandLine> {
  const token = workshop.path("token");
  await Deno.writeTextFile(token, server.token, { mode: 0o600 });
  const templates = ["username", "password", "port"].map((field, i) =>
    `env_template "${THREE[i]}" {
  contents = "{{ with secret \\"secret/data/app\\" }}{{ .Data.data.${field} }}{{ end }}"
}`
  );
  const config = `
vault {
  address = "${server.address}"
  ca_cert = "${server.caFile}"
}
auto_auth {
  method {
    type = "token_file"
    config = { token_file_path = "${token}" }
  }
}
${templates.join("\n")}
exec {
  command = ${JSON.stringify(workshop.application(...THREE))}
}
`;
  const file = workshop.path("agent.hcl");
  await Deno.writeTextFile(file, config);
  return {
    words: [await installOpenBao(), "agent", `-config=${file}`],
    env: { HOME: workshop.dir },
  };
}
