/**
 * Redirects. On the same server they are followed. Those of a standby are retried
 * until the deadline, and others are a wrong setting. A token is never sent to
 * another server.
 */
import assert from "node:assert/strict";
import { ConfigError, VaultUnavailableError } from "@/base/errors.ts";
import { renew } from "@/fetcher/vault/lease.ts";
import {
  APPROLE,
  FakeVault,
  fetchBy,
  fetchFrom,
  GRANTED,
  makeSettings,
  planOf,
  redirect,
  rejects,
  SECRET,
  startReading,
  TOKEN,
} from "../fake_vault.ts";

const VALUES = { PW: "hunter2" };
const LEADER = "https://leader.test:8200";
const STANDBY = [
  /CLOUDTASER_VAULT_DEADLINE/,
  /HTTP 307 to another host/,
  /standby/,
  /load balancer/,
] as const;

Deno.test("fetchSecrets() follows a redirect on the same server", async () => {
  await using vault = startReading(({ path }) =>
    path.startsWith("/v1/secret") ? redirect("/v1/moved") : SECRET
  );
  assert.deepEqual(await fetchFrom(vault), VALUES);
  assert.equal(vault.to("/v1/moved")[0]?.headers.get("x-vault-token"), TOKEN);
});

Deno.test("fetchSecrets() never sends the token to another server", async () => {
  await using other = new FakeVault(() => SECRET);
  const locations = [
    `${other.address}/v1/x`,
    other.address.replace("http:", ""),
    "https://evil.example/",
    "http://[bad",
    "data:application/json,{}",
  ];
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of locations) {
      await using vault = startReading(() => redirect(location, status));
      await rejects(fetchFrom(vault), ConfigError, /VAULT_ADDR/, /redirects/);
      assert.equal(vault.to("/v1/secret").length, 1);
    }
  }
  assert.equal(other.seen.length, 0);
});

Deno.test("errors do not name the host of a redirect", async () => {
  for (
    const location of [
      `https://${TOKEN}:8200/v1/x`,
      `https://${TOKEN.toUpperCase()}.example/`,
      `https://${encodeURIComponent(TOKEN)}@evil.example/`,
    ]
  ) {
    await using vault = startReading(() => redirect(location));
    await rejects(
      fetchFrom(vault),
      ConfigError,
      /redirects to another host;/,
      /^((?!fake-token|evil|example).)*$/i,
    );
  }
});

Deno.test("fetchSecrets() does not follow redirects in a circle", async () => {
  await using vault = startReading(() => redirect("/v1/secret/data/app"));
  await rejects(fetchFrom(vault), ConfigError, /redirects only/);
});

Deno.test("a redirect of a login with 302 is an error, because it drops the body", async () => {
  await using vault = new FakeVault(() => redirect("/v1/elsewhere", 302));
  await rejects(
    fetchBy(APPROLE, vault),
    ConfigError,
    /redirects with HTTP 302, which drops the request's body/,
  );
});

Deno.test("a standby without an active node is retried, and does not move the token", async () => {
  await using leader = new FakeVault(() => SECRET);
  await using standby = startReading(({ path }, index) =>
    index < 3 ? redirect(leader.address + path) : SECRET
  );
  const notes: string[] = [];
  const onWait = (text: string) => notes.push(text);
  const options = { deadlineMs: 30_000, onWait };
  assert.deepEqual(await fetchFrom(standby, options), VALUES);
  assert.equal(leader.seen.length, 0);
  assert.match(notes.join(), /standby/);
});

Deno.test("a standby's redirect of a login is retried too", async () => {
  await using standby = new FakeVault(({ path, method }, index) =>
    index < 2 ? redirect(LEADER + path) : method === "POST" ? GRANTED : SECRET
  );
  const options = { auth: APPROLE, deadlineMs: 30_000 };
  assert.deepEqual(await fetchFrom(standby, options), VALUES);
});

Deno.test("a standby is recognized by 307, path and query, whatever the host and prefix", async () => {
  for (
    const [prefix, name, location] of [
      ["", "app", `${LEADER}/v1/secret/data/app`],
      // TLS ends at a load balancer, or begins behind a proxy.
      ["", "app", "http://10.0.0.3:8200/v1/secret/data/app"],
      // The leader's address lacks the proxy's prefix.
      ["/vault", "app", `${LEADER}/v1/secret/data/app`],
      // Go and the fetcher escape different characters.
      ["", "a(b)", `${LEADER}/v1/secret/data/a%28b%29`],
    ] as const
  ) {
    await using standby = new FakeVault(() => redirect(location));
    const address = standby.address + prefix;
    const options = { plan: planOf(`secret/data/${name}`), deadlineMs: 400 };
    const fetching = fetchFrom({ address }, options);
    await rejects(fetching, VaultUnavailableError, ...STANDBY);
  }
});

Deno.test("any other redirect to another host is a wrong setting at once", async () => {
  for (
    const [status, location] of [
      [301, `${LEADER}/v1/secret/data/app`],
      [302, `${LEADER}/v1/secret/data/app`],
      [308, `${LEADER}/v1/secret/data/app`],
      [307, `${LEADER}/v1/secret/data/other`],
      [307, `${LEADER}/v1/secret/data/app?version=1`],
      [307, `${LEADER}/data/app`],
      [307, `${LEADER}/v1/`],
      [307, `${LEADER}/login`],
      [307, "ftp://leader.test/v1/secret/data/app"],
      [307, `${LEADER}/v1/secret/data/%E0%A4%A`],
    ] as const
  ) {
    await using vault = startReading(() => redirect(location, status));
    const words = /redirects to another host;/;
    await rejects(fetchFrom(vault), ConfigError, words);
    assert.equal(vault.to("/v1/secret").length, 1);
  }
});

Deno.test("a redirect to TLS on the same host: the error says to use https", async () => {
  for (const status of [301, 307, 308]) {
    await using vault = startReading(({ path }) =>
      redirect(`https://127.0.0.1:8443${path}`, status)
    );
    const words = /use https:\/\/ and the TLS port in VAULT_ADDR/;
    await rejects(fetchFrom(vault), ConfigError, words);
  }
});

Deno.test("a failed renewal at a standby is not final, and names both remedies", async () => {
  await using standby = new FakeVault(({ path }) => redirect(LEADER + path));
  const settings = makeSettings(standby.address, { deadlineMs: 300 });
  const { failed } = await renew(settings, TOKEN, { token: true, leases: [] });
  assert.equal(failed[0]?.final, false);
  for (const word of STANDBY) assert.match(failed[0]?.reason ?? "", word);
});
