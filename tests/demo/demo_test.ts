/**
 * The demo as a newcomer runs it: it ends with 0, shows what it promises, and
 * leaves no process and no file behind.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { PageShell } from "../support/pages/shell.ts";
import { testAsRoot } from "../support/roles.ts";

async function runDemo(): Promise<{ code: number; text: string }> {
  await using shell = await PageShell.open();
  // It also compiles, and finds the binary up to date.
  const { code, stdout, stderr } = await shell.try(
    "README.md",
    "tools/deno task demo",
  );
  return { code, text: code === 0 ? stdout : stdout + stderr };
}

function listLeftovers(): string[] {
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  return [...Deno.readDirSync(temporary)].map(({ name }) => name)
    .filter((name) => name.startsWith("ct-demo-")).sort();
}

testAsRoot(
  "the demo shows the score and robs only the unprotected process",
  async () => {
    const before = listLeftovers();
    const { code, text } = await runDemo();
    equal(code, 0, text);
    match(text, /PID 1 of a new PID namespace/);
    match(text, /\[cloudtaser-wrapper\] Protection score: \d+\/75/);
    match(text, /\/proc\/PID\/mem +stolen \(2 copies\) +safe/);
    match(text, /process_vm_readv +stolen \(2 copies\) +safe/);
    match(text, /ptrace peek +stolen \(2 copies\) +safe/);
    match(text, /core dump +stolen \(2 copies\) +safe/);
    match(text, /The application's own copy +stolen \(1 copy\)/);
    match(text, /Code run inside the wrapper +stolen \(\d+ copies\)/);
    ok(!text.includes("\x1b["), "colours though it is no terminal");
    deepEqual(listLeftovers(), before);
    const pids = [...text.matchAll(/process (\d+)/g)].map((m) => m[1]);
    equal(pids.length, 2, text);
    for (const pid of pids) {
      ok(!isOurs(`/proc/${pid}/cmdline`), `process ${pid} still runs`);
    }
  },
);

function isOurs(cmdline: string): boolean {
  try {
    return /ct-demo-/.test(Deno.readTextFileSync(cmdline));
  } catch {
    return false;
  }
}
