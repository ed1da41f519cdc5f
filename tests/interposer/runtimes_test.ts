/**
 * docs/RUNTIMES.md: copies of a secret that root finds in applications of many
 * runtimes, without and with the interposer, without an agent. WRITE_RUNTIMES=1 writes
 * the table; otherwise the test fails if a cell is worse.
 */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import type { TestVault } from "../support/test_vault.ts";
import type { Wrapper } from "../support/wrapper.ts";
import { FakePostgres } from "./fake_postgres.ts";
import { copiesIn, RIGHT, SECRET, startGuest, startVault } from "./guests.ts";
import { listRuntimes, type Runtime } from "./runtimes.ts";
import { type Row, writeOrCompare } from "./runtimes_table.ts";

Deno.test("the table of runtimes", async () => {
  await using vault = await startVault();
  using postgres = new FakePostgres();
  const rows: Row[] = [];
  for (const runtime of await listRuntimes(postgres.port)) {
    rows.push(await measure(vault, runtime, postgres));
  }
  assert.deepEqual(await writeOrCompare("x86-64", rows), []);
});

async function measure(
  vault: TestVault,
  runtime: Runtime,
  postgres: FakePostgres,
): Promise<Row> {
  const { name, read, idle, note } = runtime;
  const look = async (command: readonly string[], interpose: string) => {
    const more = {
      PGPASSWORD: "vault:secret/data/app#password",
      PGCONNECT_TIMEOUT: "60",
    };
    await using wrapper = startGuest(vault, command, interpose, more);
    const pid = await begin(wrapper, runtime, postgres, command === read);
    const found = count(pid, wrapper);
    // If the master were killed, its workers would survive.
    if (name === "nginx") await wrapper.stop();
    return found;
  };
  const control = await look(read, "off");
  assert.ok(control.environ + control.memory > 0, `${name}: no control`);
  const before = idle && await look(idle, "auto");
  const after = await look(read, "auto");
  const version = await versionOf(runtime);
  return { name, version, control, before, after, note };
}

/** Waits until the application is ready, and checks the values that it read. */
async function begin(
  wrapper: Wrapper,
  { name, hashes }: Runtime,
  postgres: FakePostgres,
  isReading: boolean,
): Promise<number> {
  if (name === "psql") {
    const seen = postgres.passwords.length;
    const [password] = await eventually(
      () => postgres.passwords.slice(seen),
      (all) => all.length > 0,
    );
    assert.equal(password, SECRET);
    return wrapper.applicationPid;
  }
  if (name === "nginx") {
    await wrapper.stderr.until(/start worker process \d+/);
    return wrapper.applicationPid;
  }
  const [, pid] = await wrapper.waitForOutput(/ready (\d+)/, {
    limitMs: 30_000,
  });
  const right = wrapper.stdout.text.split(`${RIGHT}\n`).length - 1;
  const expected = isReading ? hashes : 0;
  assert.equal(right, expected, `${name}: ${wrapper.stdout.text}`);
  return Number(pid);
}

function count(pid: number, wrapper: Wrapper) {
  const isInterposed = /receives its secrets through memfd_secret/.test(
    wrapper.stderr.text,
  );
  return { ...copiesIn(pid), isInterposed };
}

async function versionOf({ version }: Runtime): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", version] })
    .output();
  const [first = ""] = new TextDecoder().decode(stdout).split("\n");
  return /\d+(\.\d+)+/.exec(first)?.[0] ?? first;
}
