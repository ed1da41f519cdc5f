/** The file system of an open file, from its device number and the mount table. */
import assert from "node:assert/strict";
import { findFileSystem } from "@/fetcher/vault/files/file_origin.ts";

const MOUNTS = [
  "24 27 0:6 / /dev rw - devtmpfs devtmpfs rw",
  "25 24 0:300 / /a\\040-\\040b rw,relatime shared:7 master:1 - tmpfs tmpfs rw",
  "26 1 254:1 / / rw - ext4 /dev/vda rw",
  "27 1 4097:4095 / /far rw - xfs /dev/far rw",
  "28 1 0:7 garbled",
  "",
].join("\n");

Deno.test("findFileSystem() reads st_dev as the kernel packs it, and knows only what is mounted", () => {
  const cases: [number, string | undefined][] = [
    [6, "devtmpfs"],
    // makedev(0, 300)
    [0x10002c, "tmpfs"],
    [254 * 256 + 1, "ext4"],
    // makedev(4097, 4095)
    [0x1000_00f0_01ff, "xfs"],
    [7, undefined],
    [8, undefined],
  ];
  for (const [device, type] of cases) {
    assert.equal(findFileSystem(device, MOUNTS), type, String(device));
  }
  assert.equal(findFileSystem(6, ""), undefined);
});

Deno.test("findFileSystem() agrees with the machine about /dev/shm", () => {
  const { dev } = Deno.statSync("/dev/shm");
  const mounts = Deno.readTextFileSync("/proc/self/mountinfo");
  assert.equal(findFileSystem(dev, mounts), "tmpfs");
});
