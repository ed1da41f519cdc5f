/** Progress on a terminal. */
import assert from "node:assert/strict";
import { makeAnswer } from "../answers.ts";
import { ApiServer } from "../api_server.ts";
import { Kept, status, writeKubeconfig } from "../status_run.ts";

Deno.test("progress appears on a terminal only, and is cleared", async () => {
  await using api = await ApiServer.start();
  for (let i = 0; i < 40; i++) {
    api.add("production", `web-${i}`, (response) => {
      setTimeout(() => response.end(makeAnswer()), 150);
    });
  }
  const stderr = new Kept({ isTerminal: true });
  const KUBECONFIG = writeKubeconfig(api);
  await status([], { KUBECONFIG }, { stderr });
  assert.match(stderr.text, /\d+ of 40 wrappers queried/);
  assert.ok(stderr.text.endsWith("\r\x1b[K"));
  assert.equal((await status([], { KUBECONFIG })).err, "");
});

Deno.test("progress does not overwrite the output of --watch", async () => {
  await using api = await ApiServer.start();
  let rounds = 0;
  for (let i = 0; i < 40; i++) {
    api.add("production", `web-${i}`, (response) => {
      if (i === 0) rounds++;
      setTimeout(() => response.end(makeAnswer()), 150);
    });
  }
  const stderr = new Kept({ isTerminal: true });
  const stdout = new Kept({ isTerminal: true, left: 2 });
  const KUBECONFIG = writeKubeconfig(api);
  const before: string[] = [];
  const write = stdout.write.bind(stdout);
  stdout.write = (text) => {
    before.push(stderr.text);
    return write(text);
  };
  await status(["--watch"], { KUBECONFIG }, { stdout, stderr });
  assert.equal(rounds, 2);
  assert.match(before[0] ?? "", /\d+ of 40 wrappers queried/);
  assert.equal(before[1], before[0]);
});
