/** The threads on which calls wait, in a process of their own. */
import assert from "node:assert/strict";
import { run } from "../../tools/run.ts";

const FFI = new URL("../../ffi/mod.ts", import.meta.url).href;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
/** Prints how many threads do nothing when no call waits: Deno's own, and those for calls. */
const SCRIPT = `
import { startThreads } from "${FFI}";
const count = () => Deno.statSync("/proc/self/task").nlink - 2;
const before = count();
await startThreads(1000);
console.log(JSON.stringify([before, count()]));
Deno.exit(0);
`;

async function countThreads(processes: string): Promise<[number, number]> {
  const source = `data:text/javascript,${encodeURIComponent(SCRIPT)}`;
  const deno = [Deno.execPath(), "run", "-A", `--config=${CONFIG}`, source];
  return JSON.parse(await run("prlimit", [`--nproc=${processes}:`, ...deno]));
}

Deno.test("startThreads() leaves a thread for each of eight calls", async () => {
  const [before, after] = await countThreads("64");
  assert.ok(after > before && after > 8, `${before}, then ${after} threads`);
});

Deno.test("startThreads() starts none under a small limit of processes", async () => {
  const [before, after] = await countThreads("63");
  assert.equal(after, before);
});
