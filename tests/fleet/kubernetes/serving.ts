/** Runs `status` with a kubeconfig: it succeeds, or fails without showing a credential. */
import assert from "node:assert/strict";
import { makeAnswer } from "../answers.ts";
import { ApiServer } from "../api_server.ts";
import { status, writeKubeconfig } from "../status_run.ts";

/** The valid token; invalid ones begin with the same word. */
export const TOKEN = "hunter2-the-token";

/** A server with one pod, whose wrapper has the full score. */
export async function serving(
  test: (api: ApiServer) => Promise<void>,
  which: "server" | "wrongName" = "server",
): Promise<void> {
  await using api = await ApiServer.start({ web: makeAnswer() }, which);
  api.tokens.add(TOKEN);
  await test(api);
}

/** `status` succeeds without a message. */
export async function succeed(
  api: ApiServer,
  options: Parameters<typeof writeKubeconfig>[1],
  variables: Record<string, string> = {},
): Promise<void> {
  const path = writeKubeconfig(api, options);
  const run = await status(["--kubeconfig", path], variables);
  assert.deepEqual({ code: run.code, err: run.err }, { code: 0, err: "" });
}

/** `status` fails with 2 and this message, which does not contain the token. */
export async function fail(
  api: ApiServer,
  options: Parameters<typeof writeKubeconfig>[1],
  words: RegExp,
  variables: Record<string, string> = {},
): Promise<void> {
  const path = writeKubeconfig(api, options);
  const { code, out, err } = await status(["--kubeconfig", path], variables);
  assert.match(err, words);
  assert.equal(code, 2);
  assert.ok(!(out + err).includes("hunter2"), err);
}

/** A proxy that connects to this machine, whatever host the request names. */
export async function serveProxy(
  listener: Deno.TcpListener,
  seen: string[],
): Promise<void> {
  for await (const client of listener) {
    const buffer = new Uint8Array(4096);
    const count = await client.read(buffer);
    const head = new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    seen.push(head);
    const port = Number(/:(\d+) HTTP/.exec(head)?.[1]);
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    void client.readable.pipeTo(server.writable).catch(() => {});
    void server.readable.pipeTo(client.writable).catch(() => {});
  }
}
