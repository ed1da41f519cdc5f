/** Real wrappers, from the compiled binary, behind an API server. */
import assert from "node:assert/strict";
import { CHECKS } from "@/score/checks.ts";
import { startWrapper, type Wrapper } from "../../support/wrapper.ts";
import { ApiServer, makePod } from "../api_server.ts";
import { status, statusOf } from "../status_run.ts";

/** Starts a wrapper as in a pod, and adds the pod to the server. */
async function startPod(
  api: ApiServer,
  name: string,
  env: Record<string, string> = {},
): Promise<Wrapper> {
  const wrapper = startWrapper({
    args: ["sleep", "60"],
    env: {
      PATH: "/usr/bin:/bin",
      POD_NAME: name,
      POD_NAMESPACE: "production",
      NODE_NAME: "node-a",
      ...env,
    },
    timeoutMs: 60_000,
  });
  await wrapper.waitForLog(/Protection score: \d+\/75/);
  const { listen } = wrapper;
  const containers = [{ env: [{ name: "CLOUDTASER_LISTEN", value: listen }] }];
  const spec = { nodeName: "node-a", containers };
  api.pods.push(makePod("production", name, { spec }));
  const port = listen.split(":").at(-1);
  const address = `http://${listen}`;
  api.backends.set(`production/${name}:${port}`, { address });
  return wrapper;
}

Deno.test("status shows the statuses of real wrappers", async () => {
  await using api = await ApiServer.start();
  await using _one = await startPod(api, "web-1");
  const minimum = { CLOUDTASER_MIN_PROTECTION_SCORE: "5" };
  await using _two = await startPod(api, "web-2", minimum);
  const json = await statusOf(api, ["-o", "json"]);
  const { wrappers } = JSON.parse(json.out);
  assert.deepEqual(
    // deno-lint-ignore no-explicit-any -- JSON of the product
    wrappers.map((one: any) => [one.pod, one.minimum, one.below]),
    [["web-1", 0, false], ["web-2", 5, false]],
  );
  const [{ status: shown }] = wrappers;
  assert.equal(shown.application.state, "running");
  assert.deepEqual(
    shown.checks.map(({ name }: { name: string }) => name),
    CHECKS.map(({ name }) => name),
  );
  const one = await statusOf(api, ["web-1", "--min", "75"]);
  assert.equal(one.code, 1, "no agent is here");
  assert.match(
    one.out,
    /^Pod: web-1\nNamespace: production\nNode: node-a\nProtection Score: \d+\/75\nmemfd_secret (OK 15|FAIL 0)\/15 .+\n/,
  );
  assert.match(one.out, /\nebpf_connected FAIL 0\/10 .+\n/);
});

Deno.test("status --url shows the status of a real wrapper", async () => {
  await using api = await ApiServer.start();
  await using pod = await startPod(api, "web-1");
  const { code, out } = await status(["--url", `http://${pod.listen}`]);
  assert.equal(code, 0);
  assert.match(out, /^Pod: web-1\n/);
});

Deno.test("a wrapper refuses requests for other hosts, except for those in CLOUDTASER_ALLOWED_HOSTS", async () => {
  await using wrapper = startWrapper({
    args: ["sleep", "60"],
    env: {
      POD_NAME: "web-1",
      NODE_NAME: "node-a",
      CLOUDTASER_ALLOWED_HOSTS: "metrics.example, *.shop.svc",
    },
  });
  await wrapper.waitForLog(/Protection score: \d+\/75/);
  const [hostname = "", port = ""] = wrapper.listen.split(":");
  const ask = async (path: string, host: string) => {
    using connection = await Deno.connect({ hostname, port: Number(port) });
    const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    const text = await new Response(connection.readable).text();
    return Number(text.split(" ")[1]);
  };
  // Pages for probes accept any host.
  const strange = {
    ...{ "/v1/status": 403, "/metrics": 403 },
    ...{ "/healthz": 200, "/readyz": 200 },
  };
  for (const [path, status] of Object.entries(strange)) {
    for (const host of ["evil.example", "web-1.evil.example", "app.shop"]) {
      const code = await ask(path, `${host}:${port}`);
      assert.equal(code, status, `${path} ${host}`);
    }
    for (
      const host of [
        ...["127.0.0.1", "localhost", "web-1", "node-a", Deno.hostname()],
        ...["metrics.example", "app.shop.svc"],
      ]
    ) assert.equal(await ask(path, `${host}:${port}`), 200, `${path} ${host}`);
  }
});
