/**
 * Kubernetes events of the running binary: the API server is a stand-in with
 * real TLS, and the service account lies where Kubernetes mounts it, in a mount
 * namespace of the test's own.
 */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { EventServer } from "../support/event_server.ts";
import { eventually } from "../support/eventually.ts";
import { childrenOf, exposeToken } from "../support/proc.ts";
import { compileProgram } from "../support/programs.ts";
import { search } from "../attacks/search.ts";
import { startWrapper, type Wrapper } from "../support/wrapper.ts";

const app = compileProgram("app");
const WARNING = /Cannot write event/g;
/** Lowers the score of a wrapper that had a token. */
const TOKEN = "s.exposed-token-0123456789";
const LOW =
  "Protection score: 45/75 (token_protected, ebpf_connected, kprobes_active unavailable)";
const USUAL =
  "Protection score: 55/75 (ebpf_connected, kprobes_active unavailable)";

/** Puts a folder where Kubernetes mounts a service account, and executes the rest. */
const MOUNTED = `
mount -t tmpfs none /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
cp "$0"/token "$0"/ca.crt "$0"/namespace /run/secrets/kubernetes.io/serviceaccount/
exec "$@"`;

function startPod(
  server: EventServer,
  env: Record<string, string> = {},
): Wrapper {
  return startWrapper({
    args: [app, "signals", "15"],
    within: ["unshare", "--mount", "/bin/sh", "-c", MOUNTED, server.folder],
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: server.port,
      CLOUDTASER_SCORE_INTERVAL: "200ms",
      VAULT_TOKEN: TOKEN,
      ...env,
    },
  });
}

function messages(server: EventServer): string[] {
  return server.posted.map(({ event }) => event.message);
}

/** Rounds of proofs so far. */
async function rounds(wrapper: Wrapper): Promise<number> {
  const page = await wrapper.page("/metrics");
  const found = /proofs_total\{check="mlock",result="in_force"\} (\d+)/.exec(
    page,
  );
  return Number(found?.[1]);
}

async function moreRounds(wrapper: Wrapper, more: number): Promise<void> {
  const before = await rounds(wrapper);
  await eventually(() => rounds(wrapper), (count) => count >= before + more);
}

testAsRoot(
  "an event on the pod at the start and on each change, and on nothing else",
  async () => {
    await using server = await EventServer.start();
    // Proofs have time limits, which a busy machine must not reach.
    await using wrapper = startPod(server, {
      CLOUDTASER_SCORE_INTERVAL: "500ms",
    });
    await eventually(() => server.posted.length, (count) => count === 1);
    await moreRounds(wrapper, 5);
    assert.deepEqual(messages(server), [USUAL]);
    const { event } = server.posted[0] ?? {};
    assert.equal(event.reason, "ProtectionDegraded");
    assert.equal(event.type, "Warning");
    exposeToken(wrapper.pid, TOKEN);
    await eventually(() => server.posted.length, (count) => count === 2);
    exposeToken(wrapper.pid, "\0".repeat(TOKEN.length));
    await eventually(() => server.posted.length, (count) => count === 3);
    await moreRounds(wrapper, 3);
    assert.deepEqual(messages(server), [USUAL, LOW, USUAL]);
    const page = await wrapper.page("/metrics");
    assert.match(page, /^cloudtaser_events_total 3$/m);
    assert.match(page, /^cloudtaser_event_failures_total 0$/m);
    const { code, stderr } = await wrapper.stop();
    assert.equal(code, 40);
    assert.equal(stderr.match(WARNING), null);
  },
);

testAsRoot("with all nine checks the event counts to 105", async () => {
  await using server = await EventServer.start();
  await using _wrapper = startPod(server, { CLOUDTASER_SCORE_CHECKS: "all" });
  await eventually(() => server.posted.length, (count) => count === 1);
  const missing = "ebpf_connected, kprobes_active, ld_preload_active, " +
    "confidential_computing";
  const message = `Protection score: 55/105 (${missing} unavailable)`;
  assert.deepEqual(messages(server), [message]);
});

testAsRoot(
  "the service account's token is in the publisher and never in the wrapper",
  async () => {
    await using server = await EventServer.start();
    server.mood = "silent";
    await using wrapper = startPod(server);
    const token = Deno.readTextFileSync(`${server.folder}/token`);
    // Half of it, as it travels, is enough to find it by.
    const text = token.slice(-60);
    await eventually(() => server.posted.length, (count) => count === 1);
    const publisher = childrenOf(wrapper.pid).find((pid) => {
      return pid !== wrapper.applicationPid;
    }) ?? 0;
    const control = search("mem", publisher, [text]);
    assert.ok((control.copies[0] ?? 0) > 0);
    for (const method of ["mem", "readv", "environ", "fd"] as const) {
      assert.deepEqual(search(method, wrapper.pid, [text]).copies, [0], method);
    }
    server.mood = 201;
    await eventually(
      () => childrenOf(wrapper.pid),
      (pids) => pids.length === 1,
      15_000,
    );
    assert.deepEqual(search("mem", wrapper.pid, [text]).copies, [0]);
  },
);

for (const mood of [403, 404, "silent", "garbage"] as const) {
  testAsRoot(
    `an API server that answers ${mood} is one warning, and the application runs`,
    async () => {
      await using server = await EventServer.start();
      server.mood = mood;
      await using wrapper = startPod(server);
      await wrapper.waitForOutput(/ready/);
      // It runs before anybody is told.
      assert.equal(server.posted.length, 0);
      await wrapper.waitForLog(WARNING, { limitMs: 15_000 });
      server.mood = 500;
      exposeToken(wrapper.pid, TOKEN);
      await eventually(() => server.posted.length, (count) => count === 2);
      await moreRounds(wrapper, 3);
      const { code, stderr } = await wrapper.stop();
      assert.equal(code, 40);
      assert.equal(stderr.match(WARNING)?.length, 1);
      assert.doesNotMatch(stderr, /hunter2/);
    },
  );
}

testAsRoot("a publisher that is killed is one warning", async () => {
  await using server = await EventServer.start();
  server.mood = "silent";
  await using wrapper = startPod(server);
  await eventually(() => server.posted.length, (count) => count === 1);
  const { applicationPid } = wrapper;
  for (const pid of childrenOf(wrapper.pid)) {
    if (pid !== applicationPid) Deno.kill(pid, "SIGKILL");
  }
  await wrapper.waitForLog(
    /Cannot write event .*: the event publisher ended without a response/,
  );
  assert.equal((await wrapper.stop()).code, 40);
});

testAsRoot(
  "an application that is not started: the event says why, if that takes no more than 2 s",
  async () => {
    for (const mood of [201, "silent"] as const) {
      await using server = await EventServer.start();
      server.mood = mood;
      const started = performance.now();
      await using wrapper = startPod(server, {
        CLOUDTASER_REQUIRE_CHECKS: "ebpf_connected",
      });
      await wrapper.waitForLog(/error: /);
      const refused = performance.now();
      const { code, stdout } = await wrapper.ended;
      assert.equal(code, 77);
      assert.equal(stdout, "");
      assert.deepEqual(messages(server), [USUAL]);
      const seconds = (performance.now() - started) / 1000;
      const waited = (performance.now() - refused) / 1000;
      assert.ok(waited < 5, `${mood}: ${waited} s`);
      if (mood === "silent") assert.ok(seconds > 2, `${seconds} s`);
    }
  },
);

testAsRoot(
  "a score that goes up and down all the time writes ten events, and no more",
  async () => {
    await using server = await EventServer.start();
    await using wrapper = startPod(server, {
      CLOUDTASER_SCORE_INTERVAL: "100ms",
    });
    await eventually(() => server.posted.length, (count) => count === 1);
    const toggle = (turn: number) => {
      const text = turn % 2 === 0 ? TOKEN : "\0".repeat(TOKEN.length);
      exposeToken(wrapper.pid, text);
    };
    for (let turn = 0; turn < 9; turn++) {
      toggle(turn);
      await eventually(() => server.posted.length, (n) => n === turn + 2);
    }
    for (let turn = 9; turn < 14; turn++) {
      toggle(turn);
      await wrapper.waitForLog(/\(was \d+\/75\)/, { count: turn + 1 });
    }
    await moreRounds(wrapper, 3);
    const runs = /^cloudtaser_events_total 10$/m;
    assert.match(await wrapper.page("/metrics"), runs);
    assert.equal(server.posted.length, 10);
    assert.equal((await wrapper.stop()).code, 40);
  },
);

for (
  const [title, env] of [
    ["outside of a cluster", { KUBERNETES_SERVICE_HOST: "" }],
    ["with CLOUDTASER_EVENTS=false", { CLOUDTASER_EVENTS: "false" }],
  ] as const
) {
  testAsRoot(`${title} nobody is told, and nothing is warned of`, async () => {
    await using server = await EventServer.start();
    await using wrapper = startPod(server, env);
    await wrapper.waitForOutput(/ready/);
    await moreRounds(wrapper, 5);
    assert.doesNotMatch(await wrapper.page("/metrics"), /cloudtaser_event/);
    assert.deepEqual(server.posted, []);
    assert.doesNotMatch((await wrapper.stop()).stderr, /event/);
  });
}
