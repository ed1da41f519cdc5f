/** `deno task soak`: a short one with the real programs, and whether growth is found. */
import assert from "node:assert/strict";
import { XMLParser } from "fast-xml-parser";
import { judge, type Verdict } from "../../tools/soak/judge.ts";
import { drawPicture } from "../../tools/soak/picture.ts";
import { type Sample, takeSample } from "../../tools/soak/sample.ts";
import { soak } from "../../tools/soak/soak.ts";
import { sleep } from "../../tools/until.ts";
import { eventually } from "../support/eventually.ts";

const PROCESSES = ["wrapper, signal", "wrapper, restart", "agent", "enforcer"];

Deno.test("everything happens in a short soak, and the picture shows every process", async () => {
  const { counts, series, seconds } = await soak(40);
  const { troubles: _, ...rest } = counts;
  for (const [name, count] of Object.entries(rest)) {
    assert.ok(count > 0, `${name}: ${count}`);
  }
  assert.equal(Object.keys(rest).length, 15);
  assert.deepEqual(series.map(({ name }) => name), PROCESSES);
  for (const { samples } of series) assert.ok(samples.length >= 40);
  const parser = new XMLParser({ ignoreAttributes: false });
  const { svg } = parser.parse(drawPicture(`${seconds} s`, series));
  assert.equal(svg.g.length, 5);
  for (const panel of svg.g) {
    assert.equal(panel.polyline.length, PROCESSES.length);
    for (const line of panel.polyline) {
      assert.match(line["@_points"], /^(?:\d+\.\d,\d+\.\d ?){40,}$/);
    }
  }
});

/** A program that grows as its argument says, a little every 50 ms. */
const GROWS = `
import sys, threading, time
kept = []
while True:
    if sys.argv[1] == "privateKib": kept.append(bytearray(b"x") * 65536)
    if sys.argv[1] == "descriptors": kept.append(open("/dev/null"))
    if sys.argv[1] == "threads":
        kept.append(threading.Thread(target=time.sleep, args=(60,), daemon=True))
        kept[-1].start()
    time.sleep(0.05)
`;

/** What grew in four seconds. */
async function findGrowth(what: string): Promise<Verdict[]> {
  const args = ["-c", GROWS, what];
  const process = new Deno.Command("python3", { args }).spawn();
  try {
    const samples: Sample[] = [];
    for (let i = 1; i <= 40; i++) {
      await sleep(100);
      samples.push(takeSample(process.pid, i / 10));
    }
    return judge([{ name: what, samples }]).filter((v) => v.isGrowth);
  } finally {
    process.kill("SIGKILL");
    await process.status;
  }
}

Deno.test("a process that grows is found, one that does not is not", async () => {
  const measures = ["privateKib", "descriptors"];
  for (const what of measures) {
    assert.deepEqual((await findGrowth(what)).map((v) => v.measure), [what]);
  }
  const threads = (await findGrowth("threads")).map((v) => v.measure);
  assert.ok(threads.includes("threads"), String(threads));
  assert.deepEqual(await findGrowth("nothing"), []);
});

/** One sample every five seconds of an hour. */
function makeSamples(change: (minute: number) => Partial<Sample>): Sample[] {
  const still = { privateKib: 9000, rssKib: 40_000, lockedKib: 16 };
  return Array.from({ length: 721 }, (_, i) => ({
    ...{ ...still, seconds: i * 5, descriptors: 20, threads: 7 },
    ...change(i / 12),
  }));
}

function grows(change: (minute: number) => Partial<Sample>): string[] {
  return judge([{ name: "any", samples: makeSamples(change) }])
    .filter(({ isGrowth }) => isGrowth).map(({ measure }) => measure);
}

Deno.test("growth is judged behind the first five minutes, by windows", () => {
  assert.deepEqual(grows((m) => ({ privateKib: 9000 + m * 18 })), []);
  assert.deepEqual(grows((m) => ({ privateKib: 9000 + m * 21 })), [
    "privateKib",
  ]);
  assert.deepEqual(grows((m) => ({ lockedKib: 16 + m * 21 })), ["lockedKib"]);
  // Only at first, and only at a time.
  assert.deepEqual(grows((m) => ({ privateKib: m < 5 ? m * 1000 : 9000 })), []);
  assert.deepEqual(grows((m) => ({ descriptors: m % 1 < 0.5 ? 20 : 25 })), []);
  assert.deepEqual(grows((m) => ({ descriptors: m < 50 ? 20 : 21 })), [
    "descriptors",
  ]);
  assert.deepEqual(grows((m) => ({ threads: m < 50 ? 7 : 8 })), ["threads"]);
  assert.deepEqual(grows(() => ({ threads: NaN })), ["threads"]);
});

Deno.test("descriptors that the kernel does not count are an error, not 0", async () => {
  // A zombie has none, as every process before Linux 6.2.
  const script =
    "import os,time; pid=os.fork(); pid or os._exit(0); print(pid,flush=True); time.sleep(60)";
  const args = ["-c", script];
  await using parent = new Deno.Command("python3", { args, stdout: "piped" })
    .spawn();
  const { value } = await parent.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  const isZombie = () =>
    /^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  await eventually(isZombie, (is) => is);
  assert.throws(() => takeSample(pid, 0), /Cannot count the descriptors of/);
});
