/** Progress on a terminal. */
import assert from "node:assert/strict";
import { makeAnswer } from "../answers.ts";
import { ApiServer } from "../api_server.ts";
import { Kept, statusOf } from "../status_run.ts";

/** A server with 40 wrappers that respond after a while. */
async function startSlow(onRequest: (i: number) => void): Promise<ApiServer> {
  const api = await ApiServer.start();
  for (let i = 0; i < 40; i++) {
    api.add("production", `web-${i}`, (response) => {
      onRequest(i);
      setTimeout(() => response.end(makeAnswer()), 150);
    });
  }
  return api;
}

Deno.test("progress appears on a terminal only, and is cleared", async () => {
  await using api = await startSlow(() => {});
  const stderr = new Kept({ isTerminal: true });
  await statusOf(api, [], { stderr });
  assert.match(stderr.text, /\d+ of 40 wrappers queried/);
  assert.ok(stderr.text.endsWith("\r\x1b[K"));
  assert.equal((await statusOf(api)).err, "");
});

Deno.test("progress does not overwrite the output of --watch", async () => {
  let rounds = 0;
  await using api = await startSlow((i) => {
    if (i === 0) rounds++;
  });
  const stderr = new Kept({ isTerminal: true });
  const stdout = new Kept({ isTerminal: true, left: 2 });
  const before: string[] = [];
  const write = stdout.write.bind(stdout);
  stdout.write = (text) => {
    before.push(stderr.text);
    return write(text);
  };
  await statusOf(api, ["--watch"], { stdout, stderr });
  assert.equal(rounds, 2);
  assert.match(before[0] ?? "", /\d+ of 40 wrappers queried/);
  assert.equal(before[1], before[0]);
});
