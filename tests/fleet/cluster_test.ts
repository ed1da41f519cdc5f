/** `status` against an API server: which wrappers it queries, its output and exit codes. */
import assert from "node:assert/strict";
import { makeAnswer } from "./answers.ts";
import { ApiServer, makePod } from "./api_server.ts";
import { STATUS } from "../score/specification.ts";
import { Kept, status, statusOf, writeKubeconfig } from "./status_run.ts";

const POD = "my-app-7d8f9c6b4-xk2mn";
Deno.test("status POD prints exactly the specification's layout", async () => {
  await using api = await ApiServer.start({ [POD]: makeAnswer() });
  const spec = (api.pods[0]?.spec ?? {}) as Record<string, unknown>;
  spec.nodeName = "gke-prod-pool-a1b2c3d4";
  const run = await statusOf(api, [POD]);
  assert.deepEqual(run, { code: 0, out: STATUS, err: "" });
  assert.equal((await statusOf(api)).out, STATUS);
});

Deno.test("several wrappers are a table, the lowest score first, with a summary", async () => {
  await using api = await ApiServer.start({
    "web-1": makeAnswer(),
    "web-2": makeAnswer({ ebpf_connected: "no", kprobes_active: "no" }),
    "web-3": makeAnswer({ mlock: "limit" }),
  });
  api.pods.push(makePod("production", "web-4"));
  api.add("staging", "other", makeAnswer());
  const { code, out } = await statusOf(api, ["-o", "text"]);
  assert.equal(code, 2);
  assert.deepEqual(out.split("\n"), [
    "POD     SCORE     BAND      MIN   FAILS",
    "web-4   unknown   unknown   -     HTTP 503: dial tcp 10.0.0.9:8199: connect: connection refused",
    "web-2   55/75     strong    55    ebpf_connected,kprobes_active",
    "web-3   65/75     strong    55    mlock",
    "web-1   75/75     full      55    -",
    "",
    "4 wrappers: 1 full, 2 strong, 1 unknown",
    "",
  ]);
});

Deno.test("exit codes: all reach the minimum, one is below, unknown", async () => {
  const pods = { a: makeAnswer(), b: makeAnswer({ mlock: "no" }) };
  await using api = await ApiServer.start(pods);
  const code = async (...words: string[]) => (await statusOf(api, words)).code;
  assert.equal(await code(), 0);
  assert.equal(await code("--min=65"), 0);
  assert.equal(await code("--min", "66"), 1);
  assert.equal(await code("a", "--min=75"), 0);
  assert.equal(await code("gone"), 2);
  assert.equal(await code("-n", "empty"), 2);
  api.pods.push(makePod("production", "silent"));
  assert.equal(await code("--min=65"), 2);
  assert.equal(await code("--min=66"), 1, "what is known weighs more");
});

Deno.test("an exit code of 1 has its reason on stderr", async () => {
  const pods = { a: makeAnswer(), b: makeAnswer({ mlock: "no" }) };
  await using api = await ApiServer.start(pods);
  const reason = async (...words: string[]) => (await statusOf(api, words)).err;
  assert.equal(await reason("--min=65"), "");
  assert.equal(
    await reason("--min=66"),
    "cloudtaser-wrapper: 1 wrapper is below --min 66: b (score 65)\n",
  );
  assert.equal(
    await reason("b", "--min=75", "-o", "json"),
    "cloudtaser-wrapper: 1 wrapper is below --min 75: b (score 65)\n",
  );
});

Deno.test("-A lists all namespaces, page by page, and starts again when the list expires", async () => {
  await using api = await ApiServer.start();
  for (let i = 0; i < 600; i++) {
    const name = `web-${i}`;
    if (i % 100 === 0) api.add(`team-${i}`, name, makeAnswer());
    else api.pods.push(makePod("noise", name, { spec: { containers: [{}] } }));
  }
  api.expireLists = 1;
  const stderr = new Kept({ isTerminal: true });
  const { code, out, err } = await statusOf(api, ["-A"], { stderr });
  assert.ok(err.startsWith("\r\x1b[K250 pods listed"));
  assert.ok(err.endsWith("\r\x1b[K"));
  assert.equal(code, 0);
  assert.match(out, /^NAMESPACE {2}/);
  assert.match(out, /\n6 wrappers: 6 full\n$/);
  const lists = api.seen.filter(({ path }) => path.includes("?limit="));
  assert.equal(lists.length, 5);
});

Deno.test("a server that is busy beyond the time limit gets no further request", async () => {
  await using api = await ApiServer.start({
    web: (response) => response.writeHead(429, { "retry-after": "5" }).end(),
  });
  assert.equal((await statusOf(api)).code, 2);
  const asked = api.seen.filter(({ path }) => path.includes("/proxy/"));
  assert.equal(asked.length, 1);
});

Deno.test("an invalid namespace of a context does not become part of a path", async () => {
  await using api = await ApiServer.start();
  const KUBECONFIG = writeKubeconfig(api);
  const text = Deno.readTextFileSync(KUBECONFIG);
  Deno.writeTextFileSync(KUBECONFIG, text.replace("production", "../x?y"));
  const { code, err } = await status([], { KUBECONFIG });
  assert.equal(code, 2);
  assert.match(err, /namespace is not the name of a namespace/);
  assert.deepEqual(api.seen, []);
});

Deno.test("a server that repeats the same page does not cause an endless loop", async () => {
  await using api = await ApiServer.start({ web: makeAnswer() });
  api.isEndless = true;
  const { code, err } = await statusOf(api);
  assert.equal(code, 2);
  assert.match(err, /The server repeats the same page of pods/);
});

Deno.test("-o json is one document that contains the wrappers' statuses", async () => {
  await using api = await ApiServer.start({ b: makeAnswer({ mlock: "no" }) });
  api.pods.push(makePod("production", "a"));
  const { out } = await statusOf(api, ["-o", "json", "--min=70"]);
  const document = JSON.parse(out);
  assert.equal(document.exitCode, 1);
  assert.equal(document.summary.unknown, 1);
  assert.equal(document.summary.below, 1);
  const [silent, below] = document.wrappers;
  assert.equal(silent.status, null);
  assert.match(silent.reason, /connection refused/);
  assert.equal(below.pod, "b");
  assert.equal(below.below, true);
  assert.deepEqual(below.status.vault, {
    state: "connected",
    address: "vault.eu-central.example.com:8200",
    leaseTtlSeconds: 3540.7,
  });
});

Deno.test("-o wide shows the source of each check", async () => {
  const web = makeAnswer({ mlock: "limit" });
  await using api = await ApiServer.start({ web });
  const { out } = await statusOf(api, ["-o", "wide"]);
  assert.match(out, /\nmlock FAIL 0\/10 limit\n {2}checked 2\S+Z: test\n/);
  assert.match(out, /\nmemfd_secret OK 15\/15.*\n {2}proven 2\S+Z by test\n/);
  assert.match(out, /\nAssessment: Strong protection\n/);
  assert.match(out, /\nMinimum: 55 \(reached\)\n/);
  assert.match(out, /\nswap: off\n$/);
  api.add("production", "second", makeAnswer());
  const many = await statusOf(api, ["-o", "wide"]);
  const titles = /MIN {3}NODE {5}APP {7}AGENT {13}VAULT {7}LEASE {3}UP/;
  assert.match(many.out, titles);
});

Deno.test("a terminal gets colours and columns, unless NO_COLOR", async () => {
  const web = makeAnswer({ mlock: "limit" });
  await using api = await ApiServer.start({ web });
  const KUBECONFIG = writeKubeconfig(api);
  const see = async (variables: Record<string, string>) => {
    const stdout = new Kept({ isTerminal: true });
    await status([], { KUBECONFIG, ...variables }, { stdout });
    return stdout.text;
  };
  assert.match(
    await see({}),
    // deno-lint-ignore no-control-regex -- colours are control characters
    /\nmlock {13}\x1b\[31mFAIL\x1b\[0m {2}0\/10 limit\n/,
  );
  for (const plain of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    assert.match(await see(plain), /\nmlock {13}FAIL {2}0\/10 limit\n/);
  }
});

Deno.test("a busy server gets the request again", async () => {
  await using api = await ApiServer.start({ web: makeAnswer() });
  api.busy = 1;
  assert.equal((await statusOf(api)).code, 0);
  assert.equal(api.busy, 0);
  let requests = 0;
  api.backends.set("production/web:8199", (response) => {
    if (++requests > 1) return response.end(makeAnswer());
    response.writeHead(429, { "retry-after": "1" }).end();
  });
  assert.equal((await statusOf(api)).code, 0);
  assert.equal(requests, 2);
});

Deno.test("--watch repeats the output until its reader closes it", async () => {
  await using api = await ApiServer.start({ web: makeAnswer() });
  const stdout = new Kept({ left: 1 });
  const { code } = await statusOf(api, ["--watch"], { stdout });
  assert.equal(code, 0);
  assert.match(
    stdout.text,
    /^2\S+Z {2}test \(127.0.0.1:\d+\), production\n\nPod: web\n/,
  );
});
