/**
 * The tools that people would reach for: gdb, gcore (which is gdb's command of
 * that name), strace and criu of Debian, as root, on an application that
 * nobody protects, where each has the secret, and on one that is protected.
 */
import { equal, ok } from "node:assert/strict";
import { Guest, SOCKET, type Victim } from "./guest.ts";
import { GuestVault } from "./guest_vault.ts";

/** Each leaves what it got in files below /dump. */
const TOOLS: Readonly<Record<string, (victim: Victim) => string>> = {
  gdb: ({ pid, facts }) =>
    `heap=0x$(sed -n 's/^heap //p' ${facts})
     gdb -nx -batch -p ${pid} -ex "x/s $heap" >/dump/out 2>&1`,
  gcore: ({ pid }) =>
    `gdb -nx -batch -p ${pid} -ex "gcore /dump/core" >/dump/out 2>&1`,
  // Registers of a system call that a thread sleeps in are no secret; its memory is.
  strace: ({ pid }) =>
    `strace -f -s 64 -e trace=all -p ${pid} -o /dump/out & sleep 1; kill -INT $!; sleep 0.3`,
  criu: ({ pid }) =>
    `criu dump -t ${pid} -D /dump --leave-running --shell-job >/dump/out 2>&1`,
};

Deno.test("gdb, gcore, strace and criu get nothing", async (test) => {
  await using vault = await GuestVault.start();
  const boot = { kernel: "debian-6.12", debuggers: true } as const;
  await using guest = await Guest.boot(boot, vault);
  const unprotected = new Map<string, string>();
  for (const tool of Object.keys(TOOLS)) {
    const victim = await guest.startVictim();
    unprotected.set(tool, await use(guest, tool, victim, vault.secret));
    await guest.end(victim.pid);
  }
  await guest.startAgent();
  for (const tool of Object.keys(TOOLS)) {
    await test.step(tool, async () => {
      equal(unprotected.get(tool), "leaked", "the control");
      const victim = await guest.startVictim(`--agent=${SOCKET}`);
      const result = await use(guest, tool, victim, vault.secret);
      ok(result !== "leaked" && result !== "attached", result);
      await guest.end(victim.pid);
    });
  }
});

/** `leaked`, `attached`, or what the tool said. */
async function use(
  guest: Guest,
  tool: string,
  victim: Victim,
  secret: string,
): Promise<string> {
  await guest.do("rm -rf /dump; mkdir /dump");
  const command = TOOLS[tool]?.(victim) ?? "false";
  const { output } = await guest.try(`setsid sh -c '${command}'`);
  const found = await guest.try(`grep -rl ${secret} /dump`);
  if (found.code === 0) return "leaked";
  const said = output + await guest.do("tail -n 5 /dump/out");
  return said;
}
