/** The proxy of the environment: HTTPS_PROXY and NO_PROXY. */
import assert from "node:assert/strict";
import { findProxy } from "@/fleet/kubernetes/proxy.ts";
import { makeAnswer } from "../answers.ts";
import { ApiServer } from "../api_server.ts";
import { status, UNVERIFIED, writeKubeconfig } from "../status_run.ts";
import { serveProxy } from "./serving.ts";

const PROXY = "http://proxy.example.com:3128";

function choose(server: string, variables: Record<string, string>) {
  return findProxy(new URL(server), new Map(Object.entries(variables)));
}

Deno.test("findProxy() reads HTTPS_PROXY, in upper or lower case, with or without a scheme", () => {
  const server = "https://api.example.com:6443/";
  assert.equal(choose(server, {}), undefined);
  assert.equal(choose(server, { HTTPS_PROXY: PROXY }), PROXY);
  assert.equal(choose(server, { https_proxy: "proxy:1" }), "http://proxy:1");
  assert.equal(choose(server, { HTTP_PROXY: PROXY }), undefined);
  assert.equal(choose("http://api/", { http_proxy: PROXY }), PROXY);
  assert.throws(
    () => choose(server, { HTTPS_PROXY: "gopher://hunter2@x" }),
    { message: "HTTPS_PROXY is not an http, https or socks5 address" },
  );
});

Deno.test("findProxy() exempts this machine and the entries of NO_PROXY", () => {
  const isUsed = (server: string, NO_PROXY: string) =>
    choose(server, { HTTPS_PROXY: PROXY, NO_PROXY }) !== undefined;
  for (const host of ["localhost", "127.0.0.1:6443", "[::1]:6443"]) {
    assert.ok(!isUsed(`https://${host}/`, ""), host);
  }
  const cases: readonly [string, string, boolean][] = [
    ["api.example.com:6443", "example.com", false],
    ["api.example.com:6443", "other, example.com", false],
    ["api.example.com:6443", ".example.com", false],
    ["api.example.com:6443", "*.example.com", false],
    ["example.com:6443", ".example.com", true],
    ["badexample.com:6443", "example.com", true],
    ["api.example.com:6443", "EXAMPLE.com:6443", false],
    ["api.example.com:6443", "example.com:443", true],
    ["api.example.com", "example.com:443", false],
    ["api.example.com:6443", "*", false],
    ["api.example.com:6443", ",", true],
    ["10.1.2.3:6443", "10.0.0.0/8", false],
    ["11.1.2.3:6443", "10.0.0.0/8", true],
    ["10.1.2.3:6443", "10.1.2.4/31", true],
    ["10.1.2.5:6443", "10.1.2.4/31", false],
    ["10.1.2.3:6443", "0.0.0.0/0", false],
    ["10.1.2.3:6443", "10.1.2.3", false],
    ["10.1.2.3:6443", "10.1.2.3/x", true],
    ["10.1.2.3:6443", "10.1.2.3:1", true],
    ["[fd00::1]:6443", "fd00::1", false],
    ["[fd00::1]:6443", "[fd00::1]:6443", false],
  ];
  for (const [host, exempt, used] of cases) {
    assert.equal(isUsed(`https://${host}/`, exempt), used, `${host} ${exempt}`);
  }
});

Deno.test("HTTPS_PROXY is used with its password; unsupported combinations are errors", async () => {
  const web = makeAnswer();
  await using api = await ApiServer.start({ web }, "wrongName");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const seen: string[] = [];
  const proxying = serveProxy(listener, seen);
  const HTTPS_PROXY = `http://me:hunter2@127.0.0.1:${listener.addr.port}`;
  const host = "vault.example.test"; // no name server resolves it
  const KUBECONFIG = writeKubeconfig(api, { host });
  const run = await status([], { KUBECONFIG, HTTPS_PROXY });
  assert.deepEqual([run.code, run.err], [0, ""]);
  assert.match(seen[0] ?? "", /^CONNECT vault.example.test:\d+ HTTP\/1.1/);
  const pair = new TextEncoder().encode("me:hunter2").toBase64();
  assert.match(seen[0] ?? "", new RegExp(`authorization: Basic ${pair}`, "i"));
  listener.close();
  await proxying;
  const unverified = writeKubeconfig(api, { host, cluster: UNVERIFIED });
  const refused = await status([], { KUBECONFIG: unverified, HTTPS_PROXY });
  assert.equal(refused.code, 2);
  assert.match(
    refused.err,
    /a proxy of the environment is not supported together .* NO_PROXY/,
  );
  assert.ok(!refused.err.includes("hunter2"));
});
