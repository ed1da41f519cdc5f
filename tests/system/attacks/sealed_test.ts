/**
 * Attacks on a sealed wrapper: root looks for tokens in all of its memory, and
 * peers send floods, garbage and too much. Each has its control.
 */
import assert from "node:assert/strict";
import { testAsRoot } from "../../support/roles.ts";
import { assertNothingFound, testControl } from "./control.ts";
import { eventually } from "../../support/eventually.ts";
import { TestVault } from "../../support/test_vault.ts";
import { childrenOf } from "../../support/proc.ts";
import { METHODS, search } from "../../attacks/search.ts";
import type { Wrapper } from "../../support/wrapper.ts";
import {
  pageStatus,
  startSealed,
  unseal,
  untilNextToken,
} from "../sealed_wrapper.ts";

/** A different text for each use: what is found must have come from that use. */
function makeText(what: string): string {
  return `s.${what}-${crypto.randomUUID()}`;
}

/** Sends bytes, and does not wait for an answer. */
async function send(wrapper: Wrapper, text: string): Promise<Deno.TcpConn> {
  const [hostname = "", port = ""] = wrapper.listen.split(":");
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(text)).catch(() => 0);
  return connection;
}

async function answerOf(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(4096);
  const count = await connection.read(buffer).catch(() => null);
  connection.close();
  return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
}

function post(path: string, body: string, more = ""): string {
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${more}content-length: ${body.length}\r\n\r\n${body}`;
}

testAsRoot(
  "root finds no token that was brought: good, refused, late, malformed or to the wrong place",
  async () => {
    await using vault = await TestVault.start();
    await using wrapper = await startSealed(vault);
    const texts = {
      refused: makeText("refused"),
      malformed: makeText("malformed"),
      large: makeText("large"),
      astray: makeText("astray"),
      header: makeText("header"),
      slow: makeText("slow"),
      chunked: makeText("chunked"),
      late: makeText("late"),
    };
    const wrong = await unseal(wrapper, texts.refused);
    assert.equal(wrong.status, 403);
    await untilNextToken();
    const path = "/v1/unseal";
    for (
      const [text, status] of [
        [post(path, `{"token":"${texts.malformed}","x":1}`), 400],
        [post(path, `{"token":"${texts.large}${"x".repeat(9000)}"}`), 413],
        [post("/v1/status", `{"token":"${texts.astray}"}`), 405],
        [
          `POST ${path} HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2a\r\n{"token":"${texts.chunked}`,
          400,
        ],
        [post(path, "{}", `x-vault-token: ${texts.header}\r\n`), 400],
      ] as const
    ) {
      const answer = await answerOf(await send(wrapper, text));
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    }
    // It has sent half of its request, and gives way.
    const slow = await send(
      wrapper,
      post(path, `{"token":"${texts.slow}"}`).slice(0, -1),
    );
    assert.equal((await unseal(wrapper, vault.token)).status, 200);
    slow.close();
    await wrapper.waitForOutput(/ready/);
    assert.equal((await unseal(wrapper, texts.late)).status, 409);
    await eventually(() => childrenOf(wrapper.pid).length, (n) => n === 1);
    assertNothingFound(wrapper.pid, [vault.token, ...Object.values(texts)]);
    // The wrapper's own search agrees.
    const { checks } = await wrapper.status();
    const token = checks.find((c: { name: string }) =>
      c.name === "token_protected"
    );
    assert.equal(token.state, "in_force");
    assert.match(token.detail, /^Vault token in /);
  },
);

testAsRoot(
  "while a token is tried it is in the fetcher and in secret memory only",
  async () => {
    await using vault = await TestVault.startWithProxy();
    await using wrapper = await startSealed(vault);
    vault.proxy.add({ kind: "hang" });
    const trying = unseal(wrapper, vault.token).catch(() => undefined);
    await eventually(() => childrenOf(wrapper.pid).length, (n) => n === 1);
    const [fetcher = 0] = childrenOf(wrapper.pid);
    // The control: where it must be to be used, it is found.
    await eventually(
      () => search("mem", fetcher, [vault.token]).copies[0] ?? 0,
      (hits) => hits > 0,
    );
    assertNothingFound(wrapper.pid, [vault.token]);
    vault.proxy.clear();
    await wrapper.stop();
    await trying;
  },
);

testControl(METHODS, makeText("control"));

function residentKiB(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

Deno.test("floods, slow peers, 10 MB and garbage: it answers probes, and the good token opens it", async () => {
  await using vault = await TestVault.start();
  await using wrapper = await startSealed(vault);
  const before = residentKiB(wrapper.pid);
  const idle: Deno.TcpConn[] = [];
  for (let i = 0; i < 300; i++) {
    idle.push(await send(wrapper, "POST /v1/unseal HTTP/1.1\r\n"));
  }
  assert.equal(await pageStatus(wrapper, "/healthz"), 200);
  const garbage = crypto.getRandomValues(new Uint8Array(4000));
  const text = new TextDecoder("latin1").decode(garbage);
  for (let i = 0; i < 100; i++) {
    idle.push(await send(wrapper, `POST /v1/unseal ${text}`));
    idle.push(await send(wrapper, text));
  }
  for (let i = 0; i < 5; i++) {
    idle.push(await send(wrapper, post("/v1/unseal", "x".repeat(10_485_760))));
  }
  assert.equal(await pageStatus(wrapper, "/healthz"), 200);
  // No fetcher was sent out for any of them.
  assert.doesNotMatch(
    await wrapper.page("/metrics"),
    /fetch_duration_seconds_count\{job="fetch"\} [^0]/,
  );
  const opened = await unseal(wrapper, vault.token);
  assert.deepEqual(opened, { status: 200, body: { sealed: false } });
  await wrapper.waitForOutput(/ready/);
  idle.forEach((connection) => connection.close());
  const grown = residentKiB(wrapper.pid) - before;
  assert.ok(grown < 40_000, `${grown} KiB`);
});

Deno.test("who guesses is slowed down: one fetcher a second at most", async () => {
  await using vault = await TestVault.start();
  await using wrapper = await startSealed(vault);
  const started = performance.now();
  let [tried, waiting] = [0, 0];
  while (tried < 3) {
    const { status } = await unseal(wrapper, makeText("guess"));
    if (status === 403) tried++;
    else if (status === 429) waiting++;
    else assert.fail(`${status}`);
  }
  const millis = performance.now() - started;
  assert.ok(millis >= 2000, `${millis} ms`);
  assert.ok(waiting >= 2, `${waiting}`);
  assert.equal(wrapper.stderr.text.match(/Still sealed/g)?.length, tried);
});

/** An address of this machine that is not loopback. */
function ownAddress(): string | undefined {
  return Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  )?.address;
}

for (const from of ["loopback", "any"] as const) {
  Deno.test({
    name: `from the network, with CLOUDTASER_SEALED=${from}`,
    ignore: ownAddress() === undefined,
    fn: async () => {
      await using vault = await TestVault.start();
      using free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = free.addr as Deno.NetAddr;
      free.close();
      await using wrapper = await startSealed(vault, {
        CLOUDTASER_SEALED: from,
        CLOUDTASER_LISTEN: `0.0.0.0:${port}`,
      });
      const response = await fetch(`http://${ownAddress()}:${port}/v1/unseal`, {
        method: "POST",
        // A stream has no length: it comes in chunks, as through the API server's proxy.
        body: new Blob([JSON.stringify({ token: vault.token })]).stream(),
      });
      await response.body?.cancel();
      assert.equal(response.status, from === "any" ? 200 : 403);
      if (from === "any") await wrapper.waitForOutput(/ready/);
    },
  });
}
