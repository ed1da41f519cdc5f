/** What the agent sends to a service manager: a real socket of datagrams, which python3 reads. */
import { deepEqual, equal, match } from "node:assert/strict";
import { ServiceManager } from "@/agent/service_manager.ts";
import { startLog } from "@/base/log.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { makeReady } from "./fake_enforcer.ts";
import { RunningAgent, soon } from "./run_agent.ts";

/** Says that it listens, prints each datagram as one line of JSON, and ends after the one of the stop. */
const READER = `
import json, socket, sys
at = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
at.bind(sys.argv[1].replace("@", "\\0", 1))
print("listening", flush=True)
while True:
    got = at.recv(4096).decode()
    print(json.dumps(got), flush=True)
    if got.startswith("STOPPING=1"): break`;

/** Fills its own queue, empties it after a line of input, prints what arrives then, and after another line whether there is more. */
const FULL_READER = `
import socket, sys
at = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
at.bind(sys.argv[1])
other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
other.setblocking(False)
try:
    while True: other.sendto(b"full", sys.argv[1])
except BlockingIOError: print("full", flush=True)
sys.stdin.readline()
while (got := at.recv(4096)) == b"full": pass
print(got.decode(), end="", flush=True)
print(at.recv(4096).decode(), end="", flush=True)
sys.stdin.readline()
at.setblocking(False)
try: print(at.recv(4096).decode(), flush=True)
except BlockingIOError: print("nothing", flush=True)`;

function makeManager(socket: string | undefined) {
  const lines: string[] = [];
  const write = (line: Uint8Array) => {
    lines.push(new TextDecoder().decode(line));
  };
  const log = startLog({
    logger: "cloudtaser-agent",
    level: "debug",
    format: "text",
    start: "nothing",
    write,
  });
  return { manager: new ServiceManager(socket, log), lines };
}

/** The datagrams that arrive at the address while `act` runs. */
async function receive(
  address: string,
  act: () => Promise<void>,
): Promise<string[]> {
  const child = new Deno.Command("timeout", {
    args: ["20", "python3", "-c", READER, address],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? "";
  await act();
  for (let got = await reader.read(); !got.done; got = await reader.read()) {
    text += got.value;
  }
  equal((await child.status).code, 0);
  const [first, ...rest] = text.trimEnd().split("\n");
  equal(first, "listening");
  return rest.map((line) => JSON.parse(line));
}

Deno.test("the service manager gets readiness, changes and the stop, in their order", async () => {
  await using folder = await TemporaryFolder.make("notify");
  const addresses = [
    `${folder.path}/notify`,
    `@cloudtaser-test-${crypto.randomUUID()}`,
  ];
  for (const address of addresses) {
    const { manager, lines } = makeManager(address);
    const received = await receive(address, async () => {
      manager.ready("all is\nwell");
      manager.status("half");
      await manager.stopping("bye");
      manager.status("too late");
    });
    deepEqual(received, [
      "READY=1\nSTATUS=all is well\n",
      "STATUS=half\n",
      "STOPPING=1\nSTATUS=bye\n",
    ]);
    deepEqual(lines, []);
  }
});

Deno.test("a full queue delays no caller; readiness is sent again, and nothing after the stop", async () => {
  await using folder = await TemporaryFolder.make("notify");
  const address = `${folder.path}/notify`;
  const child = new Deno.Command("timeout", {
    args: ["40", "python3", "-c", FULL_READER, address],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const expect = async (text: string) => {
    let got = "";
    while (got.length < text.length) {
      const { value, done } = await reader.read();
      if (done) break;
      got += value;
    }
    equal(got, text);
  };
  await expect("full\n");
  const { manager, lines } = makeManager(address);
  manager.ready("x".repeat(9000));
  await soon(() => lines.length === 1);
  match(lines[0] ?? "", /failed with ETIMEDOUT/);
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode("empty\n"));
  await expect(`READY=1\nSTATUS=${"x".repeat(399)}…\n`);
  await manager.stopping("bye");
  await expect("STOPPING=1\nSTATUS=bye\n");
  manager.status("too late");
  await manager.stopping("too late");
  await input.write(new TextEncoder().encode("more\n"));
  await input.close();
  await expect("nothing\n");
  equal((await child.status).code, 0);
  await reader.cancel();
  equal(lines.length, 1);
});

Deno.test("an address that sd_notify(3) forbids is ignored with one warning", async () => {
  for (const socket of ["notify", "@", "/", "vsock:2:1"]) {
    const { manager, lines } = makeManager(socket);
    manager.ready("here");
    await manager.stopping("gone");
    equal(lines.length, 1, socket);
    match(lines[0] ?? "", /warning: NOTIFY_SOCKET is \S+, neither /);
  }
  const long = makeManager(`/${"y".repeat(5000)}`);
  long.manager.ready("here");
  await long.manager.stopping("gone");
  equal(long.lines.length, 1);
  match(long.lines[0] ?? "", / at \/y{107}: \S+ failed with EINVAL /);
});

Deno.test("a socket that is not there is a warning, and none is nothing", async () => {
  const lost = makeManager("/nonexistent/notify");
  lost.manager.ready("here");
  await lost.manager.stopping("gone");
  equal(lost.lines.length, 1);
  match(
    lost.lines[0] ?? "",
    /warning: Cannot notify the service manager at \/nonexistent\/notify: ct_send_datagram failed with ENOENT \(NOTIFY_SOCKET\)/,
  );
  for (const socket of [undefined, ""]) {
    const { manager, lines } = makeManager(socket);
    manager.ready("here");
    await manager.stopping("gone");
    deepEqual(lines, []);
  }
});

Deno.test("the agent is ready when its enforcer is, not before", async () => {
  await using running = new RunningAgent();
  await soon(() => running.enforcers.length === 1);
  deepEqual(running.told, []);
  await running.enforcer.send(makeReady({}));
  await soon(() => running.told.length === 1);
  match(running.told[0] ?? "", /^ready: Enforcement: \d+ vectors active \(/);
  running.enforcer.end();
  await soon(() => running.enforcers.length === 2);
  equal(running.told[1], "No enforcer; pinned programs stay in force");
  await running.ready();
  match(running.told[2] ?? "", /^ready: /);
});
