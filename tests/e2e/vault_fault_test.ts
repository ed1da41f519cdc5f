/**
 * Faults between the wrapper and OpenBao: the wrapper retries what can pass by
 * itself, ends with the documented code for what cannot, and sends a token to no
 * other host.
 */
import assert from "node:assert/strict";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import { OpenBao } from "../../tools/openbao/server.ts";
import { type Fault, FaultProxy } from "../support/fault_proxy.ts";
import { vaultEnvironment } from "../support/openbao.ts";
import {
  runWrapper,
  startWrapper,
  type WrapperResult,
} from "../support/wrapper.ts";
import { assertNotStarted, assertStarted, PRINT } from "./outcomes.ts";

const PATH = "secret/data/app";
const OVERSIZE = "more than 64 MiB";
const tooLong = JSON.stringify({ data: { x: "x".repeat(65 * 1024 * 1024) } });

/** Temporary faults: the application starts with its secret. */
const PASSING: readonly (readonly [string, Fault])[] = [
  ["500 three times", status(500, { times: 3 })],
  ["502 once", status(502, { times: 1 })],
  ["503 once", status(503, { times: 1 })],
  ["429 once", status(429, { times: 1 })],
  ["472 once", status(472, { times: 1 })],
  ["473 once", status(473, { times: 1 })],
  ["412 once, as a replica behind answers", status(412, { times: 1 })],
  ["a slow answer", { kind: "delay", milliseconds: 500, path: PATH }],
  [
    "an answer that is too slow once",
    { kind: "delay", milliseconds: 3000, path: PATH, times: 1 },
  ],
  ["no answer once", { kind: "hang", path: PATH, times: 1 }],
  ["a cut connection twice", { kind: "reset", path: PATH, times: 2 }],
  ["half an answer once", { kind: "truncate", path: PATH, times: 1 }],
  ["JSON under another type", {
    kind: "headers",
    headers: { "content-type": "text/plain" },
    path: PATH,
  }],
];

/** Permanent faults: title, fault, exit code, text of the last line. */
const LASTING: readonly (readonly [string, Fault, 69 | 78, RegExp])[] = [
  ["500", status(500), 69, /500/],
  ["429", status(429), 69, /429/],
  ["no answer", { kind: "hang", path: PATH }, 69, /no response/],
  ["cut connections", { kind: "reset", path: PATH }, 69, /connection/],
  ["half answers", { kind: "truncate", path: PATH }, 69, /connection|trunc/],
  ["a web page", webPage(200), 78, /VAULT_ADDR.*web page/],
  ["a web page with 404", webPage(404), 78, /VAULT_ADDR.*web page/],
  ["invalid JSON", json(200, '{"data":'), 69, /truncated response/],
  [OVERSIZE, json(200, tooLong), 78, /64 MiB/],
];

function json(
  status: number,
  body: string,
  more: {
    readonly times?: number;
    readonly headers?: Record<string, string>;
  } = {},
): Fault {
  const headers = { "content-type": "application/json", ...more.headers };
  return { ...more, kind: "answer", path: PATH, status, headers, body };
}

function status(code: number, more?: Parameters<typeof json>[2]): Fault {
  return json(code, '{"errors":["internal error"]}', more);
}

function webPage(status: number): Fault {
  const body = "<!DOCTYPE html><html><body>Welcome</body></html>\n";
  return json(status, body, { headers: { "content-type": "text/html" } });
}

function redirect(location: string, status = 307): Fault {
  return { kind: "answer", path: PATH, status, headers: { location } };
}

Deno.test("faults of Vault", async (test) => {
  await using server = await OpenBao.start();
  await setUpSecrets(server);
  await using proxy = await FaultProxy.start(server);
  const token = await makeToken(server);
  const options = (more: Record<string, string> = {}) => ({
    args: PRINT,
    env: {
      ...vaultEnvironment(proxy, token),
      VAULT_CLIENT_TIMEOUT: "1s",
      DB_PASSWORD: `vault:${PATH}#password`,
      ...more,
    },
  });
  /** Statuses of the answers to reads of the secret. */
  const reads = () =>
    proxy.requests.filter(({ path }) => path === PATH)
      .map(({ status }) => status);
  const withFault = async (
    fault: Fault,
    more: Record<string, string> = {},
  ): Promise<WrapperResult> => {
    proxy.requests.length = 0;
    proxy.add(fault);
    try {
      return await runWrapper(options(more));
    } finally {
      proxy.clear();
    }
  };

  for (const [title, fault] of PASSING) {
    await test.step(`${title}: waits and starts the application`, async () => {
      assertStarted(await withFault(fault));
    });
  }

  for (const [title, fault, code, says] of LASTING) {
    await test.step(`${title} without end: ${code}`, async () => {
      const result = await withFault(fault, {
        CLOUDTASER_VAULT_DEADLINE: "1500ms",
        // A busy machine needs time for 64 MiB; the wrapper ends when they are exceeded.
        ...(title === OVERSIZE && {
          CLOUDTASER_VAULT_DEADLINE: "30s",
          VAULT_CLIENT_TIMEOUT: "20s",
        }),
      });
      assertNotStarted(result, code);
      assert.match(result.stderr.trim().split("\n").at(-1) ?? "", says);
    });
  }

  await test.step("429 with Retry-After: no request before that time", async () => {
    const headers = { "retry-after": "1" };
    const result = await withFault(status(429, { times: 1, headers }));
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(reads(), [429, 200]);
    const [first, second] = proxy.requests.filter(({ path }) => path === PATH);
    const waited = (second?.at ?? 0) - (first?.at ?? 0);
    assert.ok(waited >= 990, `next request after ${waited} ms`);
  });

  await test.step("VAULT_MAX_RETRIES=0: one request and 69", async () => {
    const result = await withFault(status(500), { VAULT_MAX_RETRIES: "0" });
    assert.equal(result.code, 69, result.stderr);
    assert.deepEqual(reads(), [500]);
  });

  for (
    const [title, path, status] of [
      ["to another path", "secret/data/other", 307],
      ["with 302", PATH, 302],
      ["with 308", PATH, 308],
    ] as const
  ) {
    await test.step(`a redirect to another host ${title}: 78 without waiting, and no request there`, async () => {
      await using other = await FaultProxy.start(server);
      const location = `${other.address}/v1/${path}`;
      const result = await withFault(redirect(location, status));
      const words = /VAULT_ADDR.*redirects to another host;/;
      assertNotStarted(result, 78, words);
      assert.deepEqual(reads(), [status]);
      assert.deepEqual(other.requests, []);
    });
  }

  await test.step("a standby that names an active node: 69 at the deadline, and no request there", async () => {
    await using active = await FaultProxy.start(server);
    const result = await withFault(redirect(`${active.address}/v1/${PATH}`), {
      CLOUDTASER_VAULT_DEADLINE: "1500ms",
    });
    assertNotStarted(
      result,
      69,
      /unavailable for 1\.5s \(HTTP 307 to another host.*standby.*CLOUDTASER_VAULT_DEADLINE/,
    );
    assert.deepEqual(active.requests, []);
  });

  await test.step("a standby without an active node: waits for the election", async () => {
    const error = "local node not active but active cluster node not found";
    const body = JSON.stringify({ errors: [error] });
    proxy.add({ ...json(500, body), path: "" });
    await using wrapper = startWrapper(options());
    await wrapper.waitForLog(/no active Vault node/);
    proxy.clear();
    assertStarted(await wrapper.ended);
  });

  await test.step("a redirect on the same host is followed", async () => {
    const fault = { ...redirect(`/v1/${PATH}`), times: 1 };
    assertStarted(await withFault(fault));
    assert.deepEqual(reads(), [307, 200]);
  });

  await test.step("redirects without end: 78", async () => {
    const result = await withFault(redirect(`/v1/${PATH}`));
    assertNotStarted(result, 78, /VAULT_ADDR.*redirects/);
  });
});
