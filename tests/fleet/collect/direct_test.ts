/** One wrapper without a cluster: `--url`, `--pid`, and the listening sockets. */
import assert from "node:assert/strict";
import { probeProcess } from "@/fleet/collect/direct.ts";
import {
  parseFibTrie,
  parseListeners,
  readAddresses,
  readListeners,
} from "@/fleet/collect/sockets.ts";
import { freePort } from "../../../tools/free_port.ts";
import { makeAnswer, parseAnswer } from "../answers.ts";
import { status } from "../status_run.ts";

const signal = new AbortController().signal;

/** A wrapper's status server, on this address. */
async function serving(
  body: string,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) =>
      url.endsWith("/v1/status")
        ? new Response(body)
        : new Response("", { status: 404 }),
  );
  try {
    await test(server.addr.port);
  } finally {
    await server.shutdown();
  }
}

Deno.test("--url queries one wrapper, with or without the path", () =>
  serving(makeAnswer(), async (port) => {
    for (const path of ["", "/", "/v1/status"]) {
      const url = `http://127.0.0.1:${port}${path}`;
      const { code, out } = await status(["--url", url]);
      assert.equal(code, 0);
      assert.match(
        out,
        /^Pod: my-app-7d8f9c6b4-xk2mn\nNamespace: production\n/,
      );
    }
  }));

Deno.test("an invalid --url is an error, which does not show its user", async () => {
  const port = freePort();
  const gone = await status(["--url", `http://127.0.0.1:${port}`]);
  assert.equal(gone.code, 2);
  assert.match(
    gone.out,
    /^Pod: 127.0.0.1:\d+\nProtection Score: unknown \(.*refused.*\)\n$/,
  );
  for (const url of ["http://u:hunter2@a", "ftp://hunter2", "hunter2"]) {
    const { code, err } = await status(["--url", url]);
    assert.equal(code, 2);
    assert.match(err, /--url is not an address: use http:\/\/HOST:PORT/);
    assert.ok(!err.includes("hunter2"));
  }
});

Deno.test("--pid without such a process", async () => {
  const missing = await status(["--pid", "4194304"]);
  assert.equal(missing.code, 2);
  assert.match(missing.err, /There is no process 4194304/);
});

/** A folder like /proc with one process, which is in another network namespace. */
function makeProc(tcp: string, fibTrie = ""): string {
  const proc = Deno.makeTempDirSync({ prefix: "cloudtaser-proc-" });
  for (const [name, table] of [["7", tcp], ["self", HEADER]] as const) {
    Deno.mkdirSync(`${proc}/${name}/net`, { recursive: true });
    Deno.writeTextFileSync(`${proc}/${name}/net/tcp`, table);
  }
  // The application; its parent is the wrapper.
  for (
    const [pid, parent, inner, ticks] of [[7, 6, 3, 5000], [6, 0, 1, 4711]]
  ) {
    Deno.mkdirSync(`${proc}/${pid}`, { recursive: true });
    Deno.writeTextFileSync(
      `${proc}/${pid}/status`,
      `Name:\tx\nPPid:\t${parent}\nUid:\t0\t65532\t0\t0\nNSpid:\t${pid}\t${inner}\n`,
    );
    const fields = ["S", parent, ...Array(17).fill(0), ticks, 0];
    const stat = `${pid} (a ) b) ${fields.join(" ")}\n`;
    Deno.writeTextFileSync(`${proc}/${pid}/stat`, stat);
  }
  Deno.writeTextFileSync(`${proc}/7/net/fib_trie`, fibTrie);
  return proc;
}

const HEADER = "  sl  local_address rem_address   st\n";

function row(address: string, port: number, uid: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return `   0: ${address}:${hex} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 ${uid}        0 4711 1 0\n`;
}

/** A process whose network namespace has this table; `own`: this process shares it. */
async function askWith(
  { table, trie, own = HEADER }: {
    readonly table: string;
    readonly trie?: string;
    readonly own?: string;
  },
): Promise<number | null | undefined> {
  const proc = makeProc(table, trie);
  try {
    Deno.writeTextFileSync(`${proc}/self/net/tcp`, own);
    return (await probeProcess(7, signal, proc)).status?.score;
  } finally {
    Deno.removeSync(proc, { recursive: true });
  }
}

const LOOPBACK = "0100007F";
const ANY = "00000000";
// 127.0.0.1 stands for the pod's address; the other notation hides that it is loopback.
const trie = "Local:\n     |-- localhost\n        /32 host LOCAL\n";

Deno.test("--pid: a process in another network namespace is queried at an address there", () =>
  serving(makeAnswer(), async (port) => {
    const strangers = row(ANY, freePort(), 0);
    const silent = row(ANY, freePort(), 65_532);
    const table = HEADER + strangers + silent + row(ANY, port, 65_532);
    assert.equal(await askWith({ table, trie }), 75);
    await assert.rejects(
      askWith({ table: HEADER + silent, trie }),
      /No wrapper responds for process 7: tried port \d+ \(.*\); use --url/,
    );
  }));

Deno.test("--pid: the wrapper of another process does not count", async () => {
  const others = [{ pid: 1, startTicks: 4712 }, { pid: 2, startTicks: 4711 }];
  for (const process of [...others, null]) {
    const answer = { ...parseAnswer(), process };
    await serving(JSON.stringify(answer), async (port) => {
      const table = HEADER + row(ANY, port, 65_532);
      await assert.rejects(
        askWith({ table, trie }),
        /No wrapper responds for process 7: tried port \d+ \(the wrapper there belongs to another process\)/,
      );
    });
  }
});

Deno.test("--pid: a listener on the loopback of another namespace is unreachable", async () => {
  await assert.rejects(
    askWith({ table: HEADER + row(LOOPBACK, 9000, 65_532) }),
    {
      message:
        "Cannot query a wrapper for process 7: it listens on loopback only: nsenter -n -t 7 cloudtaser-wrapper status --url http://127.0.0.1:9000",
    },
  );
  await assert.rejects(
    askWith({ table: HEADER + row(ANY, 9000, 0) }),
    /no socket of its user listens there/,
  );
});

Deno.test("--pid: in the own network namespace, only the default port is queried", async () => {
  const table = HEADER + row(ANY, 9000, 65_532);
  await assert.rejects(
    askWith({ table, own: table }),
    /only port 8199 is queried and nothing listens; if CLOUDTASER_LISTEN names another port, use --url http:\/\/127\.0\.0\.1:PORT$/,
  );
});

Deno.test("parseListeners() reads the kernel's tables for IPv4 and IPv6", () => {
  const six = HEADER +
    row("00000000000000000000000000000000", 8199, 0) +
    row("0000000000000000FFFF00000100007F", 80, 0) +
    row("000080FE000000000000000001000000", 81, 0);
  assert.deepEqual(
    parseListeners(six).map(({ address, port }) => `${address} ${port}`),
    [":: 8199", "::ffff:7f00:1 80", "fe80::1 81"],
  );
  const four = HEADER + row("0500580A", 8199, 5);
  assert.deepEqual(parseListeners(four), [
    { address: "10.88.0.5", port: 8199, uid: 5, inode: "4711" },
  ]);
  assert.deepEqual(parseListeners(""), []);
});

Deno.test("readListeners() sees a socket of this process", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const found = readListeners("/proc/self").find((one) => one.port === port);
  assert.equal(found?.address, "127.0.0.1");
  assert.equal(found?.uid, Deno.uid());
});

Deno.test("parseFibTrie() finds addresses that are reachable from outside, each once", () => {
  const trie = `Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.88.0.5
        /32 host LOCAL
     |-- 10.88.0.255
        /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.1
              /32 host LOCAL
     |-- 10.88.0.5
        /32 host LOCAL
`;
  assert.deepEqual(parseFibTrie(trie), ["10.88.0.5"]);
  for (const address of readAddresses("/proc/self")) {
    const host = address.includes(":") ? `[${address}]` : address;
    assert.ok(URL.canParse(`http://${host}`));
  }
});
