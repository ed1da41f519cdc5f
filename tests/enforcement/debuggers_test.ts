/**
 * Common tools: gdb, gcore (gdb's command of that name), strace and criu of
 * Debian, as root, on an unprotected application, where each gets the secret,
 * and on a protected one.
 */
import { equal, match } from "node:assert/strict";
import { Guest, SOCKET, type Victim, waitFor } from "./guest.ts";

interface Tool {
  /** Leaves what it got in files below /dump. */
  readonly command: (victim: Victim) => string;
  /** The result without protection. */
  readonly control: "leaked" | "attached";
}

const OUT = "/dump/out";

const TOOLS: Readonly<Record<string, Tool>> = {
  gdb: {
    command: ({ pid, facts }) =>
      `heap=0x$(sed -n "s/^heap //p" ${facts})
       gdb -nx -batch -p ${pid} -ex "x/s $heap" >${OUT} 2>&1`,
    control: "leaked",
  },
  gcore: {
    command: ({ pid }) =>
      `gdb -nx -batch -p ${pid} -ex "gcore /dump/core" >${OUT} 2>&1`,
    control: "leaked",
  },
  // The victim passes its secret to no system call, so only the calls can be seen.
  strace: {
    command: ({ pid }) =>
      `strace -f -p ${pid} -o ${OUT} &
       ${waitFor(`grep -q nanosleep ${OUT} || ! [ -d /proc/$! ]`)}
       kill -INT $! 2>/dev/null
       wait $!`,
    control: "attached",
  },
  criu: {
    command: ({ pid }) =>
      `criu dump -t ${pid} -D /dump --leave-running --shell-job >${OUT} 2>&1`,
    control: "leaked",
  },
};

Deno.test("gdb, gcore, strace and criu get nothing", async (test) => {
  // criu itself refuses processes with memfd_secret.
  const parameters = ["secretmem.enable=0"];
  const boot = { kernel: "debian-6.12", debuggers: true, parameters } as const;
  await using guest = await Guest.boot(boot);
  const unprotected = new Map<string, string>();
  for (const [name, tool] of Object.entries(TOOLS)) {
    const victim = await guest.startVictim();
    unprotected.set(name, await use(guest, tool, victim, guest.vault.secret));
    await guest.end(victim.pid);
  }
  await guest.startAgent();
  for (const [name, tool] of Object.entries(TOOLS)) {
    await test.step(name, async () => {
      equal(unprotected.get(name), tool.control, "the control");
      const victim = await guest.startVictim(`--agent=${SOCKET}`);
      const result = await use(guest, tool, victim, guest.vault.secret);
      match(result, /not permitted|[Ee]rror/);
      await guest.end(victim.pid);
    });
  }
});

/** `leaked`, `attached`, or what the tool said. */
async function use(
  guest: Guest,
  tool: Tool,
  victim: Victim,
  secret: string,
): Promise<string> {
  await guest.do(`rm -rf /dump; mkdir /dump
    cat >/tmp/tool.sh <<'END'
${tool.command(victim)}
END`);
  const { output } = await guest.try("setsid sh /tmp/tool.sh");
  const found = await guest.try(`grep -rl ${secret} /dump`);
  if (found.code === 0) return "leaked";
  const said = output + (await guest.try(`tail -n 5 ${OUT}`)).output;
  return /nanosleep/.test(said) ? "attached" : said;
}
