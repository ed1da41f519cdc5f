/**
 * Runs a credential plugin, as kubectl does (client.authentication.k8s.io). Its
 * output holds credentials, so no message quotes it.
 */
import * as v from "valibot";
import type { ExecPlugin, KeyPair } from "./access.ts";
import { safeText } from "@/base/text.ts";
import { FleetError } from "@/fleet/command/errors.ts";
import { object, parseJson, SchemaError } from "./schema.ts";
import { collectText, TooLargeError } from "./transport.ts";

/** Credentials from a plugin. */
export interface ExecCredential {
  readonly token?: string;
  readonly keyPair?: KeyPair;
  /** Milliseconds since the epoch; undefined when they are valid as long as this process runs. */
  readonly expiresAt?: number;
}

/** The user may have to log in with a browser. */
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
    if (!(error instanceof SchemaError)) throw error;
    throw failure(plugin, `returned no ExecCredential: ${error.message}`);
  }
}

async function run(
  plugin: ExecPlugin,
  variables: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const child = start(plugin, variables);
  // The child inherits blocked signals (interruption.ts), so only KILL ends it.
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
    throw failure(plugin, late ? "did not exit" : `exited with ${code}`);
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    child.kill("SIGKILL");
    await child.status;
    throw failure(plugin, "wrote too much");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** The plugin's standard error goes to the user unchanged. */
function start(
  plugin: ExecPlugin,
  variables: ReadonlyMap<string, string>,
): Deno.ChildProcess {
  const interactive = plugin.interactive !== "Never" &&
    Deno.stdin.isTerminal();
  if (plugin.interactive === "Always" && !interactive) {
    throw failure(plugin, "requires a terminal, and there is none");
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

const STATUS = object({
  token: v.nullish(v.string(), ""),
  clientCertificateData: v.nullish(v.string(), ""),
  clientKeyData: v.nullish(v.string(), ""),
  expirationTimestamp: v.nullish(v.string(), ""),
});

function readCredential(
  { apiVersion }: ExecPlugin,
  text: string,
): ExecCredential {
  const schema = object({ apiVersion: v.literal(apiVersion), status: STATUS });
  const { token, clientCertificateData: cert, clientKeyData: key, ...status } =
    parseJson(schema, text).status;
  const expiresAt = Date.parse(status.expirationTimestamp);
  if (!token && !(cert && key)) {
    throw new SchemaError("it has neither a token nor a certificate");
  }
  return {
    ...(token && { token }),
    ...(cert && key && { keyPair: { cert, key } }),
    ...(expiresAt > 0 && { expiresAt }),
  };
}

function failure(plugin: ExecPlugin, what: string): FleetError {
  const hint = safeText(plugin.installHint);
  const command = safeText(plugin.command);
  return new FleetError(
    `The credential plugin ${command} ${what}${hint && `. ${hint}`}`,
  );
}
