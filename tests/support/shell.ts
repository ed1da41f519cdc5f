/**
 * Runs a shell script around the compiled binary: closed or inherited
 * descriptors, limits, pipes. `$W` is the binary, `$A` the test application.
 * It has a time limit, and does not inherit the test's environment.
 */
import type { Ran } from "../../tools/run.ts";
import { compileProgram } from "./programs.ts";
import { WRAPPER } from "./wrapper.ts";

/** The variables that every script gets. */
export function shellEnvironment(): Record<string, string> {
  return {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    W: WRAPPER,
    A: compileProgram("app"),
    CLOUDTASER_LISTEN: "off",
    CLOUDTASER_LOG_LEVEL: "error",
  };
}

/** @throws Error when it takes longer than half a minute */
export async function runShell(
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const { code, stdout, stderr } = await withinLimit(
    script,
    new Deno.Command("timeout", {
      args: ["-s", "KILL", "30", "/bin/sh", "-c", script],
      clearEnv: true,
      env: { ...shellEnvironment(), ...env },
      stdin: "null",
    }).output(),
  );
  if (code === 137) throw new Error(`Killed after 30 s: ${script}`);
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** Children that survive the shell keep its streams open, which is an error in the test. */
async function withinLimit<T>(script: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`Streams still open after 40 s: ${script}`));
  }, 40_000);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
