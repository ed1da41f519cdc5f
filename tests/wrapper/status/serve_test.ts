/** The status server over real sockets. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseListen } from "@/http/pages.ts";
import { startServer } from "@/wrapper/status/serve.ts";
import { parseHead } from "@/http/request_head.ts";
import { makeState } from "./fake_state.ts";
import { serving } from "./serving.ts";

async function get(
  url: string,
  init?: RequestInit,
): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(url, init);
  return {
    status: response.status,
    body: await response.text(),
    headers: response.headers,
  };
}

Deno.test("the server answers its four paths", () =>
  serving(async ({ url }) => {
    assert.equal((await get(`${url}/healthz`)).body, "ok\n");
    assert.equal((await get(`${url}/readyz?verbose`)).status, 200);
    const status = await get(`${url}/v1/status`);
    assert.equal(JSON.parse(status.body).score, 75);
    assert.match(status.headers.get("content-type") ?? "", /application\/json/);
    const metrics = await get(`${url}/metrics`);
    assert.match(metrics.body, /^# HELP cloudtaser_protection_score/);
    const type = metrics.headers.get("content-type") ?? "";
    assert.match(type, /^text\/plain; version=0\.0\.4/);
  }));

Deno.test("readyz fails until the application runs", () =>
  serving(async (served) => {
    for (const phase of ["waiting", "stopping", "ended"] as const) {
      served.state = () => makeState({ application: { phase } });
      const { status, body } = await get(`${served.url}/readyz`);
      assert.equal(status, 503);
      assert.equal(body, `application is ${phase}\n`);
      assert.equal((await get(`${served.url}/healthz`)).status, 200);
    }
  }));

Deno.test("other paths are 404, other methods 405, HEAD is fine", () =>
  serving(async ({ url }) => {
    for (const path of ["/", "/metrics/", "/v1/status/x", "//healthz"]) {
      assert.equal((await get(`${url}${path}`)).status, 404, path);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const refused = await get(`${url}/healthz`, { method });
      assert.equal(refused.status, 405);
      assert.equal(refused.headers.get("allow"), "GET, HEAD");
    }
    const head = await get(`${url}/metrics`, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.body, "");
  }));

Deno.test("a used port causes one warning", () =>
  serving(({ url }) => {
    const warnings: string[] = [];
    const second = startServer({
      listen: new URL(url).host,
      hosts: [],
      onError: (text) => warnings.push(text),
    }, () => makeState());
    assert.equal(second, undefined);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^status server cannot listen on 127/);
    return Promise.resolve();
  }));

Deno.test("an exception becomes a 500 without details", () =>
  serving(async (served) => {
    served.state = () => {
      throw new Error("hunter2");
    };
    const { status, body } = await get(`${served.url}/v1/status`);
    assert.equal(status, 500);
    assert.equal(body, "internal error\n");
    await get(`${served.url}/metrics`);
    const warning = "status server cannot answer /v1/status: Error";
    assert.deepEqual(served.warnings, [warning]);
    assert.equal((await get(`${served.url}/healthz`)).status, 200);
  }));

Deno.test("invalid and too large requests are refused, and the server continues", () =>
  serving(async ({ url, port }) => {
    const talk = async (text: string): Promise<string> => {
      const connection = await Deno.connect({ port, hostname: "127.0.0.1" });
      try {
        await connection.write(new TextEncoder().encode(text));
        const buffer = new Uint8Array(1024);
        const count = await connection.read(buffer);
        return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
      } catch {
        return "closed";
      } finally {
        connection.close();
      }
    };
    const large = `GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${
      "y".repeat(1 << 20)
    }\r\n\r\n`;
    assert.doesNotMatch(await talk(large), /200 OK/);
    const limit = `GET /healthz HTTP/1.1\r\nx: ${"y".repeat(8200)}\r\n\r\n`;
    assert.match(await talk(limit), /^HTTP\/1\.1 431 /);
    assert.match(await talk("\x16\x03\x01\x02\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.match(await talk("GET /healthz\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.equal((await get(`${url}/healthz`)).status, 200);
  }));

Deno.test("stop() does not wait for a slow client", async () => {
  let begin = 0;
  let slow: Deno.TcpConn | undefined;
  await serving(async ({ url, port }) => {
    slow = await Deno.connect({ port, hostname: "127.0.0.1" });
    await slow.write(new TextEncoder().encode("GET /healthz HTTP/1.1\r\n"));
    await get(`${url}/healthz`);
    begin = performance.now();
  });
  assert.ok(performance.now() - begin < 1000);
  slow?.close();
});

Deno.test("idle connections do not block a probe: the oldest is closed", () =>
  serving(async ({ url, port }) => {
    const hostname = "127.0.0.1";
    const idle: Deno.TcpConn[] = [];
    for (let i = 0; i < 64; i++) {
      idle.push(await Deno.connect({ port, hostname }));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await get(`${url}/healthz`)).status, 200);
    assert.equal(await idle[0]?.read(new Uint8Array(1)), null);
    idle.forEach((connection) => connection.close());
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await get(`${url}/healthz`)).status, 200);
  }));

Deno.test("parseHead() parses request lines and refuses others", () => {
  const head = { method: "GET", path: "/a", version: "1.1" };
  assert.deepEqual(parseHead("GET /a?b HTTP/1.1"), head);
  const wrong = ["", "GET", "get / HTTP/1.1", "GET x HTTP/1.1", "GET / HTTP/2"];
  for (const text of wrong) assert.equal(parseHead(text), 400, text);
  fc.assert(fc.property(fc.string(), (text) => {
    const head = parseHead(text);
    assert.ok(head === 400 || typeof head === "object");
  }));
});

Deno.test("parseListen() reads host:port", () => {
  const any = { hostname: "0.0.0.0", port: 8199 };
  assert.deepEqual(parseListen("0.0.0.0:8199"), any);
  assert.deepEqual(parseListen("[::1]:0"), { hostname: "::1", port: 0 });
  assert.match(parseListen(":8199")?.hostname ?? "", /^(::|0\.0\.0\.0)$/);
  for (const wrong of ["", "8199", "host", "::1:80", "a:65536", "a b:1"]) {
    assert.equal(parseListen(wrong), undefined, wrong);
  }
});
