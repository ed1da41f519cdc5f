/** The seal behind the status server, over real sockets: accepted and refused requests. */
import assert from "node:assert/strict";
import { startServer } from "@/wrapper/status/serve.ts";
import { Seal, type TryResult, UNSEAL } from "@/wrapper/unseal/seal.ts";
import { makeState } from "../status/fake_state.ts";

const GOOD = "s.good-token";
const REFUSED: TryResult = { accepted: false, status: 403, error: "refused" };

class Sealed implements AsyncDisposable {
  readonly buffer = new Uint8Array(1024);
  readonly offered: string[] = [];
  /** Tries wait for it. */
  gate: Promise<void> = Promise.resolve();
  readonly seal: Seal;
  readonly #server;

  constructor(options: { loopbackOnly: boolean; hostname?: string }) {
    this.seal = new Seal({
      ...options,
      buffer: this.buffer,
      tryToken: async (token) => {
        this.offered.push(new TextDecoder().decode(token));
        await this.gate;
        return this.offered.at(-1) === GOOD ? { accepted: true } : REFUSED;
      },
    });
    this.#server = startServer({
      listen: `${options.hostname ?? "127.0.0.1"}:0`,
      hosts: [],
      onError: () => {},
      route: {
        begin: UNSEAL,
        answer: (connection) => this.seal.answer(connection),
      },
    }, () => makeState());
  }

  get port(): number {
    return Number(this.#server?.address.split(":").at(-1));
  }

  async post(token: string, path = "/v1/unseal"): Promise<[number, string]> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: "POST",
      body: JSON.stringify({ token }),
    });
    return [response.status, await response.text()];
  }

  /** A peer that has sent this much. */
  async open(text: string, hostname = "127.0.0.1"): Promise<Deno.TcpConn> {
    const connection = await Deno.connect({ hostname, port: this.port });
    await connection.write(new TextEncoder().encode(text));
    return connection;
  }

  /** The first line of the answer to the good token. */
  async offer(hostname?: string): Promise<string> {
    const body = `{"token":"${GOOD}"}`;
    const head = `${UNSEAL}HTTP/1.1\r\ncontent-length: ${body.length}\r\n\r\n`;
    using connection = await this.open(head + body, hostname);
    return await firstLine(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.seal.end();
    await this.#server?.stop();
  }
}

/** The first bytes of an answer, "" when the connection was closed. */
async function firstLine(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(1024);
  const count = await connection.read(buffer).catch(() => null);
  const text = new TextDecoder().decode(buffer.subarray(0, count ?? 0));
  return text.split("\r\n")[0] ?? "";
}

const HEAD = `${UNSEAL}HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n`;
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

Deno.test("a wrong token is refused and wiped, the right one unseals, and later requests are refused", async () => {
  await using sealed = new Sealed({ loopbackOnly: true });
  const [status, text] = await sealed.post("s.wrong-token");
  assert.equal(status, 403);
  assert.deepEqual(JSON.parse(text), { sealed: true, error: "refused" });
  assert.ok(sealed.buffer.every((byte) => byte === 0));
  assert.equal((await sealed.post(GOOD))[0], 429);
  await new Promise((resolve) => setTimeout(resolve, 1050));
  const opened = await sealed.post(GOOD);
  assert.deepEqual(opened, [200, '{"sealed":false}\n']);
  // It lies where it was read to.
  const kept = new TextDecoder().decode(sealed.buffer);
  assert.ok(kept.includes(GOOD));
  assert.equal((await sealed.post("s.third-token"))[0], 409);
  assert.equal(new TextDecoder().decode(sealed.buffer), kept);
  assert.deepEqual(sealed.offered, ["s.wrong-token", GOOD]);
});

Deno.test("one try at a time", async () => {
  await using sealed = new Sealed({ loopbackOnly: true });
  const gate = Promise.withResolvers<void>();
  sealed.gate = gate.promise;
  const first = sealed.post(GOOD);
  await settle();
  assert.equal((await sealed.post("s.other"))[0], 429);
  gate.resolve();
  assert.equal((await first)[0], 200);
  assert.deepEqual(sealed.offered, [GOOD]);
});

Deno.test("of many complete requests one is tried, and the others get 429", async () => {
  for (const count of [2, 10]) {
    await using sealed = new Sealed({ loopbackOnly: true });
    const posts = Array.from({ length: count }, () => sealed.post("s.wrong"));
    const statuses = (await Promise.all(posts)).map(([status]) => status)
      .sort();
    assert.deepEqual(statuses, [403, ...Array(count - 1).fill(429)]);
    assert.equal(sealed.offered.length, 1);
  }
});

Deno.test("a slow peer is replaced by a newer one", async () => {
  await using sealed = new Sealed({ loopbackOnly: true });
  const slow: Deno.TcpConn[] = [];
  for (let i = 0; i < 10; i++) slow.push(await sealed.open(`${UNSEAL}HTTP/1.`));
  await settle();
  assert.equal((await sealed.post(GOOD))[0], 200);
  for (const connection of slow) {
    assert.equal(await firstLine(connection), "");
    connection.close();
  }
});

Deno.test("garbage, 10 MB and no length are refused, and cost nothing", async () => {
  await using sealed = new Sealed({ loopbackOnly: true });
  const cases = [
    [`${HEAD}\r\n${"x".repeat(100_000)}`, "413 Content Too Large"],
    [`${UNSEAL}HTTP/1.1\r\nhost: x\r\n\r\n`, "411 Length Required"],
    [`${UNSEAL}HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc`, "400 Bad Request"],
  ] as const;
  for (const [text, answer] of cases) {
    using connection = await sealed.open(text);
    assert.equal(await firstLine(connection), `HTTP/1.1 ${answer}`);
    assert.ok(sealed.buffer.every((byte) => byte === 0));
  }
  assert.deepEqual(sealed.offered, []);
  assert.equal((await sealed.post(GOOD))[0], 200);
});

Deno.test("a flood of requests does not interrupt the one being tried", async () => {
  await using sealed = new Sealed({ loopbackOnly: true });
  const gate = Promise.withResolvers<void>();
  sealed.gate = gate.promise;
  const first = sealed.post(GOOD);
  await settle();
  const flood: Deno.TcpConn[] = [];
  for (let i = 0; i < 200; i++) flood.push(await sealed.open(UNSEAL));
  await settle();
  gate.resolve();
  assert.equal((await first)[0], 200);
  flood.forEach((connection) => connection.close());
});

Deno.test("a path that only begins alike is an ordinary request", async () => {
  await using sealed = new Sealed({ loopbackOnly: true });
  assert.equal((await sealed.post(GOOD, "/v1/unsealed"))[0], 404);
  assert.equal((await sealed.post(GOOD, "/v1/unseal?x"))[0], 404);
  assert.equal((await sealed.post(GOOD, "/v1/status"))[0], 405);
  const url = `http://127.0.0.1:${sealed.port}`;
  const answers = [
    await fetch(`${url}/healthz`),
    await fetch(`${url}/v1/unseal`),
  ];
  assert.deepEqual(answers.map((answer) => answer.status), [200, 404]);
  for (const answer of answers) await answer.body?.cancel();
  assert.deepEqual(sealed.offered, []);
});

/** An address of this machine that is not loopback. */
const own = Deno.networkInterfaces().find(({ family, address }) =>
  family === "IPv4" && !address.startsWith("127.")
)?.address;

for (const loopbackOnly of [true, false]) {
  Deno.test({
    name: `from the network: ${loopbackOnly ? "refused unread" : "let in"}`,
    ignore: own === undefined,
    fn: async () => {
      await using sealed = new Sealed({ loopbackOnly, hostname: "0.0.0.0" });
      const status = loopbackOnly ? "403 Forbidden" : "200 OK";
      assert.equal(await sealed.offer(own), `HTTP/1.1 ${status}`);
      assert.deepEqual(sealed.offered, loopbackOnly ? [] : [GOOD]);
    },
  });
}

const hasIpv6 = Deno.networkInterfaces().some(({ address }) =>
  address === "::1"
);

Deno.test({
  name: "loopback has three forms: 127.0.0.1, ::1, and the first as the second",
  ignore: !hasIpv6,
  fn: async () => {
    for (const peer of ["127.0.0.1", "::1"]) {
      const options = { loopbackOnly: true, hostname: "[::]" };
      await using sealed = new Sealed(options);
      assert.equal(await sealed.offer(peer), "HTTP/1.1 200 OK", peer);
    }
  },
});

Deno.test("end() waits until no request reads into the buffer", async () => {
  const sealed = new Sealed({ loopbackOnly: true });
  using slow = await sealed.open(`${HEAD}x-half: {"token":"`);
  await settle();
  await sealed.seal.end();
  const before = sealed.buffer.slice();
  await slow.write(new TextEncoder().encode("more")).catch(() => {});
  await settle();
  assert.deepEqual(sealed.buffer, before);
  await sealed[Symbol.asyncDispose]();
});
