/** V8's flags: a garbage collection leaves nothing in the C heap. */
import assert from "node:assert/strict";
import { V8_FLAGS } from "../../tools/compile.ts";
import { run } from "../../tools/run.ts";

/** 1,000 tasks for V8's foreground, as each collection posts some, take 0.8 MiB when they are never run. */
const SCRIPT = `
const heapKib = () => Number(/\\[heap\\][^]*?\\nRss: +(\\d+)/
  .exec(Deno.readTextFileSync("/proc/self/smaps"))[1]);
async function collect(times) {
  for (let i = 0; i < times; i++) {
    gc({ type: "major", execution: "sync", flavor: "last-resort" });
    await new Promise((done) =>
      AbortSignal.timeout(0).addEventListener("abort", done)
    );
  }
}
await collect(200);
const before = heapKib();
await collect(1000);
console.log(heapKib() - before);
`;

Deno.test("1,000 garbage collections leave less than 0.5 MiB", async () => {
  const source = `data:text/javascript,${encodeURIComponent(SCRIPT)}`;
  const flags = `--v8-flags=${V8_FLAGS.join(",")}`;
  const grown = Number(
    await run(Deno.execPath(), ["run", "-A", "--no-config", flags, source]),
  );
  assert.ok(grown < 512, `the heap grew by ${grown} KiB`);
});
