/** The application of this run, not started yet, and its life. */
import { Application, type Interposer } from "@/app/mod.ts";
import type { Log } from "@/base/mod.ts";
import type { Children } from "@/process/mod.ts";
import { ApplicationLife } from "./application_life.ts";
import type { Intake } from "./intake.ts";
import type { SignalDesk } from "./signal_desk.ts";
import { makeEnvironment, readNofile } from "./target.ts";

/** What both are made with. */
export interface LifeParts {
  readonly intake: Intake;
  readonly children: Children;
  readonly desk: SignalDesk;
  readonly log: Log;
  readonly interposer: Interposer;
}

/** Makes both; nothing is started. */
export function openLife(
  { children, desk, intake, log, interposer }: LifeParts,
  command: Uint8Array[],
): { application: Application; life: ApplicationLife } {
  const { killGroup, stopGraceMs: graceMs, interpose } = intake.config;
  const options = { command, killGroup, graceMs, nofileSoft: readNofile() };
  const application = new Application(children, options, log);
  const life = new ApplicationLife({
    application,
    desk,
    log,
    environment: () => makeEnvironment(intake),
    interposer,
    mustInterpose: interpose === "require",
  });
  return { application, life };
}
