/** node:https as a transport: a request is sent once and ends with its signal, on new and reused connections. */
import assert from "node:assert/strict";
import { openNodeTransport } from "@/fetcher/vault/transport/node_transport.ts";
import type { Transport } from "@/fetcher/vault/transport/transport.ts";
import { makeCertificates } from "../../../../tools/openbao/certificates.ts";
import { LoopbackServer } from "../../../support/loopback_server.ts";

/** A server that answers /ok, is silent at /silent, and hangs up at all else. */
async function serving(
  work: (
    ask: (path: string, signal: AbortSignal) => Promise<string>,
    seen: string[],
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const { server: files } = makeCertificates(folder);
  const seen: string[] = [];
  const server = await LoopbackServer.start((request, response) => {
    seen.push(request.url ?? "");
    if (request.url === "/ok") response.end("fine");
    else if (request.url !== "/silent") request.socket.destroy();
  }, files);
  const transport: Transport = await openNodeTransport({
    files: { caCerts: [], identity: undefined },
    connections: 1,
    serverName: undefined,
    skipVerify: true,
  });
  const ask = async (path: string, signal: AbortSignal) => {
    const url = new URL(`https://127.0.0.1:${server.port}${path}`);
    const method = "POST";
    const { text } = await transport
      .exchange({ method, url, headers: {}, body: "{}", signal });
    return text;
  };
  try {
    await work(ask, seen);
  } finally {
    transport.close();
    await server[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
}

const patient = () => AbortSignal.timeout(20_000);

Deno.test("silence on a reused connection ends with the signal, without a repetition", () =>
  serving(async (ask, seen) => {
    assert.equal(await ask("/ok", patient()), "fine");
    await assert.rejects(ask("/silent", AbortSignal.timeout(300)), {
      name: "TimeoutError",
    });
    // The only connection that is allowed is free again.
    assert.equal(await ask("/ok", patient()), "fine");
    assert.deepEqual(seen, ["/ok", "/silent", "/ok"]);
  }));

Deno.test("a request is not repeated when a reused connection closes", () =>
  serving(async (ask, seen) => {
    assert.equal(await ask("/ok", patient()), "fine");
    await assert.rejects(ask("/hang-up", patient()));
    assert.equal(await ask("/ok", patient()), "fine");
    assert.deepEqual(seen, ["/ok", "/hang-up", "/ok"]);
  }));
