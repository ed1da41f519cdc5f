/** Kubeconfigs tried on a server: they let in, or are refused without a word of what they hold. */
import assert from "node:assert/strict";
import { makeAnswer } from "./answers.ts";
import { ApiServer } from "./api_server.ts";
import { status, writeKubeconfig } from "./status_run.ts";

/** Lets in; every wrong one has its first word too. */
export const TOKEN = "hunter2-the-token";

/** A server with one pod that is well. */
export async function serving(
  test: (api: ApiServer) => Promise<void>,
  which: "server" | "wrongName" = "server",
): Promise<void> {
  await using api = await ApiServer.start(which);
  api.tokens.add(TOKEN);
  api.add("production", "web", { body: makeAnswer() });
  await test(api);
}

/** It answers, and complains of nothing. */
export async function succeed(
  api: ApiServer,
  options: Parameters<typeof writeKubeconfig>[1],
  variables: Record<string, string> = {},
): Promise<void> {
  const path = writeKubeconfig(api, options);
  const run = await status(["--kubeconfig", path], variables);
  assert.deepEqual({ code: run.code, err: run.err }, { code: 0, err: "" });
}

/** It fails with 2, says what is wrong, and never says the token. */
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
