/** A server repeats the token anywhere in its answers: log, status and metrics do not contain it. */
import assert from "node:assert/strict";
import {
  FakeVault,
  kv2,
  type Reply,
  type Seen,
} from "../fetcher/vault/fake_vault.ts";
import { runWrapper, startWrapper } from "../support/wrapper.ts";
import { assertNotStarted } from "./outcomes.ts";

const TOKEN = "hvs.CAESIJq3Zx81kkTo9vW2mAbCdEfGhIjKlMnOpQrStUvWxYz012345";
/** A valid name of a variable. */
const NAME = TOKEN.replace(".", "_");
const LOOK_UP: Reply = { data: { ttl: 3600, renewable: true } };

type Place = readonly [
  title: string,
  code: number,
  reply: (seen: Seen) => Reply,
];

function answer(status: number, body: unknown, headers = {}): Response {
  return Response.json(body, { status, headers });
}

/** A redirect to another host. */
function redirect(location: string): Place[2] {
  return () => answer(307, {}, { location });
}

const PLACES: readonly Place[] = [
  ["the host of a redirect", 78, redirect(`https://${TOKEN}.example/`)],
  ["the user of a redirect", 78, redirect(`https://${TOKEN}@e.example/`)],
  ["the path of a redirect", 78, redirect(`https://e.example/${TOKEN}`)],
  ["a redirect that is not a URL", 78, redirect(`http://[${TOKEN}`)],
  ["an error", 78, () => answer(400, { errors: [`no ${TOKEN}`, TOKEN] })],
  ["a forbidden read", 78, () => answer(403, { errors: [TOKEN] })],
  ["a warning", 78, () => answer(404, { warnings: [TOKEN], errors: [] })],
  ["an error that is not JSON", 78, () => new Response(TOKEN, { status: 400 })],
  [
    "a web page",
    78,
    () =>
      new Response(`<html>${TOKEN}`, {
        headers: { "content-type": "text/html" },
      }),
  ],
  ["a header", 69, () => answer(503, {}, { "retry-after": TOKEN, via: TOKEN })],
  ["an overload", 69, () => answer(429, { errors: [TOKEN] })],
  ["a field of another name", 78, () => kv2({ [TOKEN]: "x" })],
  ["a lowercase name", 78, () => kv2({ [NAME.toLowerCase()]: "x" })],
  [
    "a name in base64",
    78,
    () => kv2({ [btoa(TOKEN).replaceAll("=", "")]: "x" }),
  ],
  ["a part of a name", 78, () => kv2({ [`A_${NAME.slice(8, 40)}`]: "x" })],
  ["a name that chooses code", 78, () => kv2({ [`LD_${NAME}`]: "x" })],
  ["a lease", 78, () => ({
    ...kv2({ A: "x" }),
    lease_id: `database/creds/app/${TOKEN}`,
    lease_duration: 60,
  })],
  [
    "a version",
    78,
    () =>
      answer(404, { data: { metadata: { version: TOKEN, destroyed: TOKEN } } }),
  ],
];

for (const format of ["text", "json"]) {
  for (const wanted of ["bulk", "a field"]) {
    for (const [title, code, reply] of PLACES) {
      Deno.test(`a server repeats the token in ${title} (${wanted}, ${format})`, async () => {
        await using vault = new FakeVault((seen) =>
          seen.path.includes("lookup-self") ? LOOK_UP : reply(seen)
        );
        const result = await runWrapper({
          args: ["/bin/echo", "started"],
          env: {
            PATH: "/usr/bin:/bin",
            VAULT_ADDR: vault.address,
            VAULT_TOKEN: TOKEN,
            CLOUDTASER_VAULT_DEADLINE: "2s",
            CLOUDTASER_LOG_LEVEL: "debug",
            CLOUDTASER_LOG_FORMAT: format,
            ...(wanted === "bulk"
              ? { CLOUDTASER_SECRET_PATHS: "secret/data/app" }
              : { PW: "vault:secret/data/app#password" }),
          },
        });
        assertNotStarted(result, code);
        refuseTraces(result.stderr);
      });
    }
  }
}

Deno.test("log, status and metrics do not contain a token that errors repeat while the application runs", async () => {
  let isGood = true;
  await using vault = new FakeVault((seen) =>
    !isGood
      ? answer(400, { errors: [TOKEN] }, { location: TOKEN })
      : seen.path.includes("lookup-self")
      ? { data: { ttl: 4, renewable: true } }
      : kv2({ password: "s3cr3t-p4ss" })
  );
  await using wrapper = startWrapper({
    args: ["sleep", "60"],
    env: {
      PATH: "/usr/bin:/bin",
      VAULT_ADDR: vault.address,
      VAULT_TOKEN: TOKEN,
      CLOUDTASER_LOG_LEVEL: "debug",
      CLOUDTASER_REFRESH_INTERVAL: "1s",
      PW: "vault:secret/data/app#password",
    },
  });
  await wrapper.waitForLog(/Application started/);
  isGood = false;
  await wrapper.waitForLog(/Refreshing secrets failed/);
  refuseTraces(await wrapper.page("/v1/status"));
  refuseTraces(await wrapper.page("/metrics"));
  refuseTraces((await wrapper.stop()).stderr);
});

/** Not even twelve consecutive characters, ignoring case and punctuation. */
function refuseTraces(text: string): void {
  const normalize = (one: string) =>
    one.toLowerCase().replace(/[^a-z0-9]/g, "");
  const normalized = normalize(text);
  for (const form of [normalize(TOKEN), normalize(btoa(TOKEN))]) {
    for (let at = 0; at + 12 <= form.length; at++) {
      const part = form.slice(at, at + 12);
      assert.ok(!normalized.includes(part), `${part} is in: ${text}`);
    }
  }
}
