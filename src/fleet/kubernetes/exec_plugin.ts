/**
 * Runs a credential plugin, as kubectl does (client.authentication.k8s.io). What
 * it prints holds credentials: no message quotes it.
 */
import type { ExecPlugin, KeyPair } from "./access.ts";
import { safeText } from "@/fleet/command/clean.ts";
import { FleetError } from "@/fleet/command/failure.ts";
import { Shape, ShapeError } from "./shape.ts";
import { collectText, TooLargeError } from "./transport.ts";

/** What a plugin answered. */
export interface ExecCredential {
  readonly token?: string;
  readonly keyPair?: KeyPair;
  /** Milliseconds since the epoch; undefined: as long as this process. */
  readonly expiresAt?: number;
}

/** A person may have to log in by a browser. */
const LIMIT_MS = 300_000;
const LIMIT_BYTES = 1024 * 1024;

/** @throws FleetError naming the command and what is wrong with it, or the signal's reason */
export async function runExecPlugin(
  plugin: ExecPlugin,
  variables: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<ExecCredential> {
  const output = await run(plugin, variables, signal);
  try {
    return readCredential(plugin, output);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw failure(plugin, `answered no ExecCredential: ${error.message}`);
  }
}

async function run(
  plugin: ExecPlugin,
  variables: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const child = start(plugin, variables);
  // Our signals are blocked (interruption.ts), and so are the child's.
  const end = () => child.kill("SIGKILL");
  signal.addEventListener("abort", end);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, LIMIT_MS);
  try {
    const text = await collectText(child.stdout, LIMIT_BYTES);
    const { code } = await child.status;
    signal.throwIfAborted();
    if (code === 0) return text;
    throw failure(plugin, late ? "did not end" : `ended with ${code}`);
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    child.kill("SIGKILL");
    await child.status;
    throw failure(plugin, "answered too much");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** What it says on standard error is for the person: it goes there as it is. */
function start(
  plugin: ExecPlugin,
  variables: ReadonlyMap<string, string>,
): Deno.ChildProcess {
  const interactive = plugin.interactive !== "Never" &&
    Deno.stdin.isTerminal();
  if (plugin.interactive === "Always" && !interactive) {
    throw failure(plugin, "wants a terminal, and there is none");
  }
  try {
    return new Deno.Command(plugin.command, {
      args: [...plugin.args],
      clearEnv: true,
      env: {
        ...Object.fromEntries(variables),
        ...Object.fromEntries(plugin.env),
        KUBERNETES_EXEC_INFO: describeRequest(plugin, interactive),
      },
      stdin: interactive ? "inherit" : "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
  } catch {
    throw failure(plugin, "cannot be started");
  }
}

function describeRequest(plugin: ExecPlugin, interactive: boolean): string {
  const { apiVersion, cluster } = plugin;
  return JSON.stringify({
    kind: "ExecCredential",
    apiVersion,
    spec: { interactive, ...(cluster && { cluster }) },
  });
}

function readCredential(plugin: ExecPlugin, text: string): ExecCredential {
  const top = new Shape(parse(text), "");
  if (top.raw("apiVersion") !== plugin.apiVersion) {
    throw new ShapeError(`its apiVersion is not ${plugin.apiVersion}`);
  }
  const status = top.object("status");
  const token = status?.text("token");
  const cert = status?.text("clientCertificateData");
  const key = status?.text("clientKeyData");
  const expiresAt = Date.parse(status?.text("expirationTimestamp") ?? "");
  if (!token && !(cert && key)) {
    throw new ShapeError("there is neither a token nor a certificate in it");
  }
  return {
    ...(token && { token }),
    ...(cert && key && { keyPair: { cert, key } }),
    ...(expiresAt > 0 && { expiresAt }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ShapeError("no JSON");
  }
}

function failure(plugin: ExecPlugin, what: string): FleetError {
  const hint = safeText(plugin.installHint);
  const command = safeText(plugin.command);
  return new FleetError(
    `The credential plugin ${command} ${what}${hint && `. ${hint}`}`,
  );
}
