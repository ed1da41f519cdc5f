/** Hostile pods: each affects its own line only. */
import assert from "node:assert/strict";
import { makeAnswer, parseAnswer } from "../answers.ts";
import { ApiServer, type Backend, makePod } from "../api_server.ts";
import {
  status,
  statusOf,
  UNVERIFIED,
  writeKubeconfig,
} from "../status_run.ts";

/** The error of a pod with this backend, next to one with the full score. */
async function reasonFor(
  backend: Backend,
  changes: Record<string, unknown> = {},
  cluster: Record<string, unknown> = {},
): Promise<string> {
  await using api = await ApiServer.start({ well: makeAnswer() });
  api.pods.push(makePod("production", "evil", changes));
  api.backends.set("production/evil:8199", backend);
  const { code, out } = await status(["-o", "json"], {
    KUBECONFIG: writeKubeconfig(api, { cluster }),
  });
  const { wrappers: [evil, well] } = JSON.parse(out);
  assert.equal(code, 2);
  assert.equal(evil.pod, "evil");
  assert.equal(evil.band, "unknown");
  assert.equal(well.band, "full");
  return evil.reason;
}

/** Characters that control terminals, forge lines or reverse text; `status` writes line feeds itself. */
const STEERING =
  // deno-lint-ignore no-control-regex -- that is what must not be there
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\u200b]/;

/** A status with one change. */
// deno-lint-ignore no-explicit-any -- JSON of the product
function spoilt(change: (answer: any) => void): Backend {
  const answer = parseAnswer();
  change(answer);
  return JSON.stringify(answer);
}

const CASES: readonly [string, Backend, string | RegExp][] = [
  ["no JSON", "<html>", "not a wrapper's status: not JSON"],
  ["an empty body", "", "not a wrapper's status: not JSON"],
  ["a list", "[]", /must be an object/],
  ["depth", "[".repeat(200_000), "not a wrapper's status: not JSON"],
  ["another service", '{"status":"ok"}', /checks is missing/],
  ["a redirect", (response) => {
    response.writeHead(302, { location: "http://127.0.0.1:9/" }).end();
  }, "HTTP 302"],
  ["too much", " ".repeat(300_000), "the response is too large"],
  ["without end", (response) => {
    const write = () => {
      if (!response.destroyed) response.write(" ".repeat(65_536), write);
    };
    write();
  }, "the response is too large"],
  ["cut off", (response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("{");
    setTimeout(() => response.destroy(), 50);
  }, /^(?!.*127\.0\.0\.1).+$/],
  [
    "text as refusal",
    { body: "nope\x1b[31m\n", status: 500 },
    "HTTP 500: nope [31m",
  ],
  ["a page as refusal", { body: "<html>no", status: 404 }, "HTTP 404"],
  ["a score too high", spoilt((a) => a.score = 76), /do not add up/],
  ["points that lie", spoilt((a) => a.checks[0].points = 14), /do not add up/],
  [
    "points for a failure",
    spoilt((a) => a.checks[0].state = "absent"),
    /checks\[0\] has too many points/,
  ],
  [
    "negative points",
    spoilt((a) => a.checks[0].points = -15),
    /points must be >=0/,
  ],
  [
    "text as score",
    spoilt((a) => a.score = "75"),
    "not a wrapper's status: score must be a number",
  ],
  [
    "a strange state",
    spoilt((a) => a.checks[0].state = "fine"),
    /state must be .*"in_force" . "absent" . "unknown"/,
  ],
  [
    "a strange name",
    spoilt((a) => a.checks[0].name = "<script>"),
    /must be the name of a check/,
  ],
  [
    "a thousand checks",
    spoilt((a) => a.checks = Array(1000).fill(a.checks[0])),
    /more than 64 items/,
  ],
  ["a prototype", '{"__proto__":{"score":75},"checks":[]}', /^no score yet/],
  [
    "sealed",
    spoilt((a) => Object.assign(a, { sealed: true, score: null, checks: [] })),
    "sealed: it waits for an unseal token",
  ],
];

for (const [name, backend, reason] of CASES) {
  Deno.test(`hostile: ${name}`, async () => {
    const found = await reasonFor(backend);
    if (typeof reason === "string") assert.equal(found, reason);
    else assert.match(found, reason);
  });
}

/** Over fetch, and over node:https. */
const CLUSTERS = { verified: {}, unverified: UNVERIFIED };

for (const [name, cluster] of Object.entries(CLUSTERS)) {
  Deno.test(`hostile: a pod that never responds ends at its time limit, and does not hold up others (${name})`, async () => {
    const slowly: Backend = (response) => {
      const timer = setInterval(() => response.write(" "), 100);
      response.on("close", () => clearInterval(timer));
    };
    const found = await Promise.all([
      reasonFor(() => {}, {}, cluster),
      reasonFor(slowly, {}, cluster),
    ]);
    assert.deepEqual(found, ["no response in time", "no response in time"]);
  });
}

Deno.test("hostile: control characters and reversed text have no effect", async () => {
  const nasty = "a\x1b]0;pwned\x07\u202eb\u200b\r\nPod: forged\u2028";
  const evil = spoilt((a) => {
    Object.assign(a.checks[1], { state: "absent", points: 0, reason: nasty });
    a.score -= 10;
    a.agent.name = a.vault.address = a.facts[0].name = nasty;
    a.pod =
      a.node =
      a.namespace =
      a.version =
        nasty;
  });
  await using api = await ApiServer.start({ evil });
  for (const format of ["text", "wide", "json", "html"]) {
    const { out } = await statusOf(api, ["-o", format]);
    assert.ok(!STEERING.test(out), format);
    assert.ok(!/^Pod: forged/m.test(out));
  }
  assert.match((await statusOf(api)).out, /\nmlock FAIL 0\/10 a/);
});

Deno.test("hostile: a pod with hostNetwork that responds for another", async () => {
  const spec = {
    nodeName: "node-a",
    hostNetwork: true,
    containers: [{ ports: [{ name: "cloudtaser", containerPort: 8199 }] }],
  };
  assert.equal(
    await reasonFor(makeAnswer(), { spec }),
    "my-app-7d8f9c6b4-xk2mn responded on its port: set POD_NAME in pods with hostNetwork",
  );
});

Deno.test("hostile: a server that is not an API server", async () => {
  await using api = await ApiServer.start();
  const KUBECONFIG = writeKubeconfig(api, {
    cluster: { server: `https://127.0.0.1:${api.port}/x` },
  });
  const { code, err } = await status([], { KUBECONFIG });
  assert.equal(code, 2);
  assert.match(err, /Cannot list pods: HTTP 404: no such path/);
});

Deno.test("hostile: control characters in a kubeconfig and from a server", async () => {
  await using api = await ApiServer.start();
  const KUBECONFIG = `${api.folder}/nasty`;
  const name = "a\x1b]0;pwned\x07\u202eb";
  const contexts = [{ name, context: { cluster: name } }];
  Deno.writeTextFileSync(KUBECONFIG, JSON.stringify({ contexts }));
  const run = await status(["--context", name], { KUBECONFIG });
  assert.equal(run.code, 2);
  assert.match(
    run.err,
    /^cloudtaser-wrapper: Cannot use context a \]0;pwned b: /,
  );
  assert.ok(!STEERING.test(run.err));
});
