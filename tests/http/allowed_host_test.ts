/** Which hosts the status server accepts, against DNS rebinding. */
import assert from "node:assert/strict";
import { refuseHost } from "../../src/http/allowed_host.ts";
import { serving } from "../wrapper/status/serving.ts";

const ALLOWED = ["pod-1", "pod-1.db.shop.svc.cluster.local", "*.corp.example"];
const HEALTH = ["/healthz", "/readyz"];
const PAGES = ["/v1/status", "/metrics", "/nothing"];

const ANSWERED = [
  ...["127.0.0.1", "10.0.0.7:8199", "10.0.0.7.", "0.0.0.0", "255.255.255.255"],
  ...["[::1]", "[::1]:8199", "[2001:DB8::7]:1", "[::ffff:10.0.0.7]"],
  ...["localhost", "LocalHost:8199", "localhost.", "localhost.:8199"],
  ...["pod-1", "POD-1:8199", "pod-1.db.shop.svc.cluster.local."],
  ...["a.corp.example", "a.b.corp.example:1"],
];
const REFUSED = [
  ...["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"],
  ...["evil-localhost", "pod-1.evil.example", "pod-2", "corp.example"],
  ...["acorp.example", ".corp.example", "256.0.0.1", "1.2.3", "1.2.3.4.5"],
  ...["0x7f.1", "2130706433", "[::g]", "[1.2.3.4]", "10.0.0.7.."],
];
const MALFORMED = [
  ...["", " ", ":8199", "[::1", "::1", "user@localhost", "localhost/"],
  ...["localhost@evil.example", "localhost,evil.example", "localhost:8199:1"],
  ...["localhost:x", "localhost evil.example", "http://localhost"],
  ...["lo\tcalhost", "ｌocalhost", "[::1]evil.example", "[fe80::1%eth0]"],
  ...["[::1].", "127.0.0.1#", "a\0b"],
];

Deno.test("refuseHost() allows addresses, localhost and the given names only", () => {
  const request = { path: "/metrics", version: "1.1", isTool: false };
  const judge = (...hosts: string[]) =>
    refuseHost({ ...request, hosts }, ALLOWED);
  for (const host of ANSWERED) assert.equal(judge(host), undefined, host);
  for (const host of REFUSED) assert.ok(judge(host) !== undefined, host);
  for (const host of MALFORMED) assert.equal(judge(host), 400, host);
  assert.equal(judge(), 400);
  assert.equal(judge("localhost", "localhost"), 400);
  const tool = (host: string) =>
    refuseHost({ ...request, hosts: [host], isTool: true }, []);
  assert.equal(tool("api.cloud.example:6443"), undefined);
  assert.equal(tool("user@api.cloud.example"), 400);
});

Deno.test("refuseHost() allows HTTP/1.0 without a Host, but not with a wrong one", () => {
  const judge = (...hosts: string[]) =>
    refuseHost(
      { path: "/metrics", version: "1.0", isTool: false, hosts },
      ALLOWED,
    );
  assert.equal(judge(), undefined);
  for (const host of REFUSED) assert.ok(judge(host) !== undefined, host);
  for (const host of MALFORMED) assert.equal(judge(host), 400, host);
  assert.equal(judge("localhost", "localhost"), 400);
});

/** One request, byte for byte. @returns status and body */
async function ask(port: number, request: string): Promise<[number, string]> {
  using connection = await Deno.connect({ port, hostname: "127.0.0.1" });
  await connection.write(new TextEncoder().encode(request));
  const text = await new Response(connection.readable).text();
  const [head = "", body = ""] = text.split("\r\n\r\n");
  return [Number(head.split(" ")[1]), body];
}

/** Status of a request with these lines. */
async function statusAt(port: number, ...lines: string[]): Promise<number> {
  return (await ask(port, `${lines.join("\r\n")}\r\n\r\n`))[0];
}

Deno.test("the server refuses other hosts on every page and in every notation", () =>
  serving(async ({ port }) => {
    const status = (...lines: string[]) => statusAt(port, ...lines);
    for (const page of PAGES) {
      for (const method of ["GET", "HEAD", "POST"]) {
        const line = `${method} ${page} HTTP/1.1`;
        assert.equal(await status(line, "Host: evil.example"), 403, line);
        assert.equal(await status(line), 400, line);
      }
    }
    const line = "GET /v1/status HTTP/1.1";
    assert.equal(await status(line, "host:localhost:1"), 200);
    assert.equal(await status(line, "X: y", "HOST:  [::1]:1  "), 200);
    assert.equal(await status("GET /metrics HTTP/1.0", "Host: pod-1"), 200);
    assert.equal(await status("GET /metrics HTTP/1.0"), 200);
    assert.equal(await status("GET /metrics HTTP/1.0", "Host: pod-2"), 403);
    const tool = "Sec-Cloudtaser-Status: 1";
    assert.equal(await status(line, "Host: api.example", tool), 200);
    assert.equal(await status(line, "Host: api.example", `X-${tool}`), 403);
    for (
      const hosts of [
        ["Host: localhost", "Host: evil.example"],
        ["Host: evil.example", "host: localhost"],
        ["Host: localhost", "Host : evil.example"],
        ["Host: localhost", "X\t: y"],
        ["Host : localhost"],
        ["X: y\nHost: localhost"],
        ["X: y\rHost: localhost"],
        ["Host: evil.example\nHost: localhost"],
        ["X-Forwarded-Host: localhost"],
      ]
    ) assert.equal(await status(line, ...hosts), 400, hosts.join());
    // An absolute URL as request target, which overrides the header, is refused.
    const absolute = "GET http://evil.example/v1/status HTTP/1.1";
    assert.equal(await status(absolute, "Host: localhost"), 400);
    const [, body] = await ask(port, `${line}\r\nHost: e.example\r\n\r\n`);
    assert.match(body, /^this Host is not allowed: .*CLOUDTASER_ALLOWED_HOSTS/);
    assert.doesNotMatch(body, /e\.example/);
  }, ALLOWED));

Deno.test("health pages accept any host, but not two", () =>
  serving(async ({ port }) => {
    const status = (...lines: string[]) => statusAt(port, ...lines);
    for (const page of HEALTH) {
      for (const version of ["1.0", "1.1"]) {
        const line = `GET ${page} HTTP/${version}`;
        assert.equal(await status(line), 200, line);
        assert.equal(await status(line, "Host: lb.example"), 200, line);
        assert.equal(await status(line, "Host:"), 200, line);
        assert.equal(await status(line, "Host: a", "Host: a"), 400, line);
        assert.equal(await status(line, "Host : a"), 400, line);
      }
      for (const path of [`${page}/`, `${page}/../metrics`, `/x${page}`]) {
        const line = `GET ${path} HTTP/1.1`;
        assert.equal(await status(line, "Host: evil.example"), 403, line);
      }
    }
  }));
