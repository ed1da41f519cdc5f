/**
 * `deno task demo`: builds, starts the compiled binary as PID 1 with a sample
 * application, and tries to steal its secret. Exits 1 when something gets at it
 * that the score said was closed. Leaves nothing behind.
 */
import { compile } from "./compile.ts";
import { ATTACKS, INJECTION, type Outcome, runAttack } from "./demo/attack.ts";
import { isRoot, Stage } from "./demo/stage.ts";
import {
  bold,
  dim,
  print,
  renderHead,
  renderOpenDoors,
  renderOutcome,
  renderVerdict,
} from "./demo/text.ts";
import { prepareVault } from "./demo/vault.ts";
import { runMain, step } from "./progress.ts";

async function main(): Promise<number> {
  const { path, bytes } = await compile();
  await prepareVault();
  print(bold("cloudtaser-wrapper demo"));
  print(`${path}, one static file of ${(bytes / 1e6).toFixed(0)} MB\n`);
  const stage = new Stage();
  const leave = () => {
    stage.closeAtOnce();
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", leave);
  Deno.addSignalListener("SIGTERM", leave);
  try {
    await step("compiling application and attacker", () => stage.build());
    await step("starting Vault, wrapper and application", () => stage.start());
    return await perform(stage);
  } finally {
    await stage.close();
    Deno.removeSignalListener("SIGINT", leave);
    Deno.removeSignalListener("SIGTERM", leave);
  }
}

async function perform(stage: Stage): Promise<number> {
  showStart(stage);
  const outcomes: Outcome[] = [];
  const runAll = async (attacks: typeof ATTACKS) => {
    for (const attack of attacks) {
      const outcome = await runAttack(attack, stage);
      outcomes.push(outcome);
      print(renderOutcome(outcome));
    }
  };
  print(renderHead());
  await runAll(ATTACKS.filter((attack) => !attack.isDeadly));
  const doors = await tryOpenDoors(stage);
  await runAll(ATTACKS.filter((attack) => attack.isDeadly));
  print(renderOpenDoors(doors));
  const { text, isAsPromised } = renderVerdict(outcomes, stage.hasSecretMemory);
  print(text);
  return isAsPromised ? 0 : 1;
}

function showStart(stage: Stage): void {
  print(bold("\n1. The application has its secret"));
  print(`${dim("Vault        ")} ${stage.vaultAddress}`);
  const place = isRoot() ? ", PID 1 of a new PID namespace" : "";
  print(`${dim("wrapper      ")} process ${stage.wrapper.pid}${place}`);
  print(`${dim("application  ")} process ${stage.wrapper.applicationPid}`);
  print(stage.wrapper.stdout.text.trim());
  print(stage.scoreLines.join("\n"));
  if (isRoot()) return;
  print(
    "\nNot root: the attacks are tried as the same user. Left out: the new PID" +
      "\nnamespace, and what only root may do. Run it as root to see that.",
  );
}

/** Attacks that succeed today. */
async function tryOpenDoors(stage: Stage) {
  const pid = stage.wrapper.applicationPid;
  const environment = await stage.steal("environ", pid);
  const before = stage.wrapper.stderr.bytes.length;
  const injected = await stage.steal(INJECTION, stage.wrapper.pid);
  const handedOut = await stage.countInLog(before, injected.bytes);
  return { environment, injected: { ...injected, copies: handedOut } };
}

if (import.meta.main) await runMain("demo", main);
