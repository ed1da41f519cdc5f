/** Runs `status` in this process. */
import { runStatus } from "@/fleet/status.ts";
import type { OutputStream } from "@/fleet/command/output_stream.ts";
import type { ApiServer } from "./api_server.ts";

/** A stream that keeps its text. */
export class Kept implements OutputStream {
  text = "";
  readonly isTerminal: boolean;
  /** Number of writes until the reader closes the stream. */
  left: number;

  constructor({ isTerminal = false, left = Infinity } = {}) {
    this.isTerminal = isTerminal;
    this.left = left;
  }

  write(text: string): boolean {
    this.text += text;
    return --this.left > 0;
  }

  size() {
    return this.isTerminal ? { columns: 100, rows: 24 } : undefined;
  }
}

/** Exit code and output. */
export interface StatusRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs it once. */
export async function status(
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  { stdout = new Kept(), stderr = new Kept() }: {
    readonly stdout?: Kept;
    readonly stderr?: Kept;
  } = {},
): Promise<StatusRun> {
  const code = await runStatus({
    words,
    variables: new Map(Object.entries(variables)),
    stdout,
    stderr,
    loadRules: () => import("@/policy/command/policy.ts"),
  });
  return { code, out: stdout.text, err: stderr.text };
}

/** Runs it once with a kubeconfig for the server. */
export function statusOf(
  api: ApiServer,
  words: readonly string[] = [],
  streams: { readonly stdout?: Kept; readonly stderr?: Kept } = {},
): Promise<StatusRun> {
  return status(words, { KUBECONFIG: writeKubeconfig(api) }, streams);
}

/** Settings of a cluster whose certificate is not verified. */
export const UNVERIFIED = {
  "certificate-authority": undefined,
  "insecure-skip-tls-verify": true,
};

/** Changes of a kubeconfig. */
export interface KubeconfigOptions {
  readonly user?: Record<string, unknown>;
  readonly cluster?: Record<string, unknown>;
  readonly host?: string;
  readonly path?: string;
}

/** Writes a kubeconfig for the server (JSON is YAML). @returns its path */
export function writeKubeconfig(
  api: ApiServer,
  { user, cluster, host = "127.0.0.1", path = "kubeconfig" }:
    KubeconfigOptions = {},
): string {
  const file = `${api.folder}/${path}`;
  const { client, caFile } = api.certificates;
  const context = { cluster: "c", user: "u", namespace: "production" };
  const server = `https://${host}:${api.port}`;
  const trust = { server, "certificate-authority": caFile, ...cluster };
  const identity = {
    "client-certificate": client.certFile,
    "client-key": client.keyFile,
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context }],
    clusters: [{ name: "c", cluster: trust }],
    users: [{ name: "u", user: user ?? identity }],
  };
  Deno.writeTextFileSync(file, JSON.stringify(config));
  return file;
}
