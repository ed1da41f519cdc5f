/** The event publisher against an API server with TLS: the event, and every refusal. */
import assert from "node:assert/strict";
import { publishEvent } from "@/events/publish.ts";
import type { PublishRequest } from "@/protocol/events.ts";
import { EventServer, makeToken, type Mood } from "../support/event_server.ts";

const SAYING = {
  type: "Warning",
  reason: "ProtectionDegraded",
  message: "Protection score: 60/75 (memfd_secret unavailable)",
} as const;

function task(
  server: EventServer,
  changes: Partial<PublishRequest> = {},
): PublishRequest {
  return {
    event: SAYING,
    server: { host: "127.0.0.1", port: server.port },
    pod: { name: "other-name", namespace: "other-namespace" },
    limitMs: 2000,
    ...changes,
  };
}

/** Publishes an event, which must fail for this reason. */
async function refuses(
  server: EventServer,
  reason: RegExp,
  changes: Partial<PublishRequest> = {},
  folder = server.folder,
): Promise<void> {
  const outcome = await publishEvent(task(server, changes), folder);
  assert.ok(!outcome.posted);
  assert.match(outcome.reason, reason);
  assert.doesNotMatch(outcome.reason, /hunter2|Bearer|eyJ/);
}

Deno.test("one event on the pod that the token names, with the token", async () => {
  await using server = await EventServer.start();
  const outcome = await publishEvent(task(server), server.folder);
  assert.deepEqual(outcome, { posted: true });
  const [posted, ...more] = server.posted;
  assert.equal(more.length, 0);
  assert.ok(posted);
  assert.equal(posted.method, "POST");
  assert.equal(posted.path, "/api/v1/namespaces/production/events");
  const token = Deno.readTextFileSync(`${server.folder}/token`);
  assert.equal(posted.authorization, `Bearer ${token}`);
  const { metadata, firstTimestamp, lastTimestamp, ...event } = posted.event;
  assert.match(metadata.name, /^app-7d8f9c6b4-xk2mn\.[0-9a-f]{16}$/);
  assert.equal(metadata.namespace, "production");
  assert.match(firstTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(firstTimestamp, lastTimestamp);
  assert.deepEqual(event, {
    apiVersion: "v1",
    kind: "Event",
    involvedObject: {
      apiVersion: "v1",
      kind: "Pod",
      namespace: "production",
      name: "app-7d8f9c6b4-xk2mn",
      uid: "0a5d1f7e-8a3b-4c6d-9e2f-1b2c3d4e5f60",
    },
    ...SAYING,
    source: { component: "cloudtaser-wrapper", host: "node-a" },
    reportingComponent: "cloudtaser-wrapper",
    reportingInstance: "app-7d8f9c6b4-xk2mn",
    count: 1,
  });
});

Deno.test("a token without a pod: the wrapper's own data is used", async () => {
  await using server = await EventServer.start();
  for (
    const token of [
      makeToken({ namespace: "production" }),
      "no.jwt",
      "opaque-token",
      `a.${new TextEncoder().encode("[1]").toBase64()}.c`,
    ]
  ) {
    server.mount(token, "staging");
    const pod = { name: "mine", uid: "u-1" };
    const outcome = await publishEvent(task(server, { pod }), server.folder);
    assert.deepEqual(outcome, { posted: true }, token);
    const { involvedObject } = server.posted.at(-1)?.event ?? {};
    assert.equal(involvedObject.name, "mine");
    assert.equal(involvedObject.uid, "u-1");
  }
  const paths = server.posted.map(({ path }) => path);
  assert.deepEqual(paths, [
    "/api/v1/namespaces/production/events",
    ...Array(3).fill("/api/v1/namespaces/staging/events"),
  ]);
});

const REFUSALS: readonly (readonly [Mood, RegExp])[] = [
  [401, /does not accept the service account's token/],
  [403, /may not create events in production: bind the role/],
  [404, /has no events in namespace production/],
  [409, /answered 409/],
  [302, /answered 302/],
  [429, /answered 429/],
  [500, /answered 500/],
  ["silent", /did not answer in time/],
  ["garbage", /cannot be reached/],
];

for (const [mood, said] of REFUSALS) {
  Deno.test(`refused by ${mood}: an error without quotes of the response, and no retry`, async () => {
    await using server = await EventServer.start();
    server.mood = mood;
    const limitMs = mood === "silent" ? 300 : 2000;
    await refuses(server, said, { limitMs });
    assert.equal(server.posted.length, 1);
  });
}

Deno.test("another authority's certificate, or one for another name, gets no token", async () => {
  await using wrong = await EventServer.start("wrongName");
  await using other = await EventServer.start();
  const { otherCaFile } = other.certificates;
  Deno.copyFileSync(otherCaFile, `${other.folder}/ca.crt`);
  for (const server of [wrong, other]) {
    await refuses(server, /certificate is not the cluster's/);
    assert.deepEqual(server.posted, []);
  }
});

Deno.test("a missing account, an unknown pod or an invalid address is an error without a request", async () => {
  await using server = await EventServer.start();
  const empty = await Deno.makeTempDir();
  await refuses(server, /no service account is mounted/, {}, empty);
  for (const [host, port] of [["a b", "1"], ["x/y", "1"], ["x", "1@z"]]) {
    const changes = { server: { host: `${host}`, port: `${port}` } };
    await refuses(server, /not a valid address/, changes);
  }
  server.mount("two\nlines");
  await refuses(server, /no service account/);
  server.mount("opaque");
  await refuses(server, /set POD_NAME/, { pod: {} });
  assert.deepEqual(server.posted, []);
  await Deno.remove(empty);
});

Deno.test("no server: an error at once", async () => {
  await using server = await EventServer.start();
  const closed = { server: { host: "127.0.0.1", port: "1" } };
  await refuses(server, /cannot be reached/, closed);
});
