/**
 * docs/RUNTIMES.md for arm64: copies of a secret that root finds in applications,
 * without and with the interposer. WRITE_RUNTIMES=1 writes the table; otherwise
 * the test fails if a cell is worse.
 */
import assert from "node:assert/strict";
import { TemporaryFolder } from "../../../tools/temporary_folder.ts";
import { bootMachine } from "../../../tools/vm/boot.ts";
import type { KernelName } from "../../../tools/vm/kernels.ts";
import type { Machine } from "../../../tools/vm/machine.ts";
import {
  type Arm64Runtime,
  compileGuests,
  fetchRuntimes,
  RUNTIMES,
} from "./runtimes.ts";
import { buildAttack } from "../../attacks/build.ts";
import { GuestVault } from "../../enforcement/guest_vault.ts";
import { waitFor } from "../../enforcement/guest_words.ts";
import { lineOf } from "../../interposer/hash.ts";
import {
  type Found,
  type Row,
  writeOrCompare,
} from "../../interposer/runtimes_table.ts";
import { wrapperFor } from "../wrapper.ts";

const ARCH = "aarch64";

/** Declares the test of the table on a kernel. */
export function testRuntimes(kernelName: KernelName): void {
  Deno.test(`the table of runtimes on ${kernelName} for arm64`, async () => {
    await using vault = await GuestVault.start();
    await using folder = await TemporaryFolder.make("runtimes");
    const packages = await fetchRuntimes();
    await using machine = await bootMachine({
      kernel: kernelName,
      arch: "aarch64",
      tree: packages.folder,
      files: {
        "/bin/cloudtaser-wrapper": wrapperFor(ARCH),
        "/bin/search": await buildAttack("search", ARCH),
        "/etc/ca.pem": vault.caFile,
        ...await compileGuests(folder.path, packages.folder),
      },
    });
    const rows: Row[] = [];
    for (const runtime of RUNTIMES) {
      const { name, note, read, idle, hashes } = runtime;
      const look = (command: string, interpose: string, expected: number) =>
        measure(machine, vault, { command, interpose, hashes: expected });
      const control = await look(read, "off", hashes);
      assert.ok(control.environ + control.memory > 0, `${name}: no control`);
      const before = await look(idle, "auto", 0);
      const after = await look(read, "auto", hashes);
      const version = versionOf(runtime, packages.versions);
      rows.push({ name, version, control, before, after, note });
    }
    assert.deepEqual(await writeOrCompare("arm64", rows), []);
  });
}

interface Look {
  readonly command: string;
  readonly interpose: string;
  /** Right hashes that it prints. */
  readonly hashes: number;
}

/** Starts an application, waits until it is ready, and searches its environment block and memory. */
async function measure(
  machine: Machine,
  vault: GuestVault,
  { command, interpose, hashes }: Look,
): Promise<Found> {
  const reference = `vault:${vault.path}#password`;
  const { code, output } = await machine.run(`export PATH=/bin:/usr/bin
    rm -f /tmp/out /tmp/log # or the wait below could find what the last one said
    env -i PATH=/bin:/usr/bin HOME=/tmp VAULT_ADDR=${vault.address} \\
      VAULT_CACERT=/etc/ca.pem VAULT_TOKEN=${vault.token} \\
      DB_PASSWORD='${reference}' PGPASSWORD='${reference}' \\
      CLOUDTASER_INTERPOSE=${interpose} \\
      cloudtaser-wrapper -- ${command} >/tmp/out 2>/tmp/log </dev/null &
    wrapper=$!
    ${waitFor("grep -qs ^ready /tmp/out || ! [ -d /proc/$wrapper ]")}
    pid=$(sed -n 's/^ready //p' /tmp/out)
    for method in environ mem; do
      search $method $pid ${vault.secret} || exit 1
    done
    kill $wrapper
    wait $wrapper
    cat /tmp/out /tmp/log`);
  const logs = (await machine.run("cat /tmp/out /tmp/log")).output;
  assert.equal(code, 0, `${command}: ${output}${logs}`);
  const right = output.split(`${lineOf(vault.secret)}\n`).length - 1;
  assert.equal(right, hashes, `${command}: ${output}`);
  const [environ = -1, memory = -1] = output.split("\n").slice(0, 2)
    .map((line) => JSON.parse(line).copies[0]);
  const isInterposed = /receives its secrets through memfd_secret/.test(output);
  return { environ, memory, isInterposed };
}

function versionOf(
  runtime: Arm64Runtime,
  versions: Readonly<Record<string, string>>,
): string {
  const version = versions[runtime.package] ?? "";
  return /\d+(\.\d+)+/.exec(version)?.[0] ?? version;
}
