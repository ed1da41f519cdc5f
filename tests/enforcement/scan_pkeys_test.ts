/**
 * The search for copies on a processor with protection keys, which this machine
 * may lack and the emulated one has. After a page that cannot be read, pages with
 * a key were not searched: the kernel resets the keys' rights for a handler.
 */
import { equal } from "node:assert/strict";
import { COMMON, make, RELEASE } from "../../tools/build/c.ts";
import { SHIM_SOURCES } from "../../tools/build/shim.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { bootMachine } from "../../tools/vm/boot.ts";

/** Protection keys are x86-64's; arm64 has none before Armv8.9. */
const ARCH = "x86_64";
const LIMIT_MS = 60_000;

Deno.test("the search finds a copy behind an unreadable page in memory with a protection key", async () => {
  await using folder = await TemporaryFolder.make("pkeys");
  const program = `${folder.path}/scan_pkeys`;
  await make(program, [
    ...COMMON,
    ...RELEASE,
    ...["-static", "-pthread", "-Ic"],
    "tests/enforcement/scan_pkeys.c",
    ...SHIM_SOURCES.filter((source) => source !== "c/entry_stub.c"),
  ], ARCH);
  const files = { "/bin/scan_pkeys": program };
  const kernel = "debian-6.12";
  await using machine = await bootMachine({ kernel, arch: ARCH, files });
  const { code, output } = await machine.run("scan_pkeys", LIMIT_MS);
  equal(output.trim(), "without a copy 0\nwith a copy 1");
  equal(code, 0);
});
