/** A real bash with job control on a real terminal: the wrapper and its application are one job to it. */
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { stateOf } from "../../support/proc.ts";
import { KEYS, Terminal } from "../../support/terminal.ts";

/** Reads lines and tells them, as long as there are any. */
const READER =
  `/bin/sh -c 'echo pid $$; while read line; do echo "got $line"; done; exit 5'`;

/** A shell at its prompt. The keyboard's echo never shows what a command prints. */
async function startShell(): Promise<Terminal> {
  const terminal = new Terminal("PS1='> ' bash --norc --noprofile -i");
  await terminal.type("stty -echo; echo begin-$((6 * 7))\n");
  await terminal.screen.until(/begin-42\r/);
  return terminal;
}

/** Starts a command line with READER in it. @returns the reader's process */
async function startReader(terminal: Terminal, line: string): Promise<number> {
  await terminal.type(`${line}\n`);
  const [, pid] = await terminal.screen.until(/pid (\d+)\r/);
  return Number(pid);
}

/** Waits until the shell has told `count` times that the job is stopped, and has its prompt again. */
async function untilStopped(terminal: Terminal, count = 1): Promise<void> {
  await terminal.screen.until(/Stopped[^\n]*\n> /, { count });
  await terminal.type("echo prompt-$((6 * 7))\n");
  await terminal.screen.until(/prompt-42\r/, { count });
}

/** Stops the job by the keyboard, for the `count`th time. */
async function suspend(
  terminal: Terminal,
  pid: number,
  count = 1,
): Promise<void> {
  await terminal.type(KEYS.suspend);
  await untilStopped(terminal, count);
  assert.equal(stateOf(pid), "T");
}

/** What /proc/PID/stat says behind the name: state, parent, group, session, terminal, its foreground. */
function statOf(pid: number): { parent: number; group: number; front: number } {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const [, parent = 0, group = 0, , , front = 0] = stat
    .slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  return { parent, group, front };
}

/** The shell's end, with the status of the last command. */
async function leave(terminal: Terminal): Promise<number> {
  await terminal.type("exit $?\n");
  return (await terminal.ended).code;
}

Deno.test("^Z gives the prompt back, fg the terminal to the application", async () => {
  await using terminal = await startShell();
  const pid = await startReader(terminal, `"$W" ${READER}`);
  for (const [index, word] of ["first", "second"].entries()) {
    await suspend(terminal, pid, index + 1);
    await terminal.type("fg\n");
    await eventually(() => stateOf(pid), (letter) => letter === "S");
    await terminal.type(`${word}\n`);
    await terminal.screen.until(new RegExp(`got ${word}\r`));
  }
  await terminal.type(KEYS.endOfFile);
  assert.equal(await leave(terminal), 5);
});

Deno.test("after ^Z bg lets the application run on, and fg reaches it there", async () => {
  await using terminal = await startShell();
  const pid = await startReader(
    terminal,
    `"$W" /bin/sh -c 'echo pid $$; exec sleep 600'`,
  );
  await suspend(terminal, pid);
  await terminal.type("bg\n");
  await eventually(() => stateOf(pid), (letter) => letter === "S");
  await terminal.type("echo busy-$((6 * 7))\n");
  await terminal.screen.until(/busy-42\r/);
  await terminal.type("fg\n");
  const wrapper = statOf(statOf(pid).parent);
  await eventually(() => statOf(pid).front, (front) => front === wrapper.group);
  await terminal.type(KEYS.interrupt);
  assert.equal(await leave(terminal), 130);
});

Deno.test("in the background it stops when it reads, until it is in front", async () => {
  await using terminal = await startShell();
  const pid = await startReader(terminal, `"$W" ${READER} &`);
  await eventually(() => stateOf(pid), (letter) => letter === "T");
  const { parent } = statOf(pid);
  await eventually(() => stateOf(parent), (letter) => letter === "T");
  // The shell learns of it a moment later.
  const stopped = "until jobs | grep Stopped; do sleep 0.1; done";
  await terminal.type(`${stopped}; echo listed-$((6 * 7))\n`);
  await terminal.screen.until(/Stopped[^]*listed-42\r/);
  await terminal.type("fg\n");
  await terminal.type("words\n");
  await terminal.screen.until(/got words\r/);
  await terminal.type(KEYS.endOfFile);
  assert.equal(await leave(terminal), 5);
});

Deno.test("a script around it, and a pipe behind it, stop with it", async () => {
  await using terminal = await startShell();
  const pid = await startReader(
    terminal,
    `sh -c '"$W" "$@"; exit $?' sh ${READER} | cat`,
  );
  await suspend(terminal, pid);
  await terminal.type("fg\n");
  await terminal.type("words\n");
  await terminal.screen.until(/got words\r/);
  await terminal.type(`${KEYS.endOfFile}`);
  assert.equal(await leave(terminal), 0);
});

Deno.test("a stopped job can be ended", async () => {
  await using terminal = await startShell();
  const pid = await startReader(terminal, `"$W" ${READER}`);
  await suspend(terminal, pid);
  const { parent } = statOf(pid);
  await terminal.type("kill %1\n");
  await eventually(() => stateOf(pid), (letter) => letter === "");
  await eventually(() => stateOf(parent), (letter) => letter === "");
  await terminal.type("jobs\n");
  await terminal.screen.until(/Exit 143/);
});

Deno.test("who uses SIGSTOP on itself, as editors do, gives the prompt back too", async () => {
  await using terminal = await startShell();
  const pid = await startReader(
    terminal,
    `"$W" /bin/sh -c 'echo pid $$; kill -STOP 0; echo went on; exit 6'`,
  );
  await untilStopped(terminal);
  assert.equal(stateOf(pid), "T");
  await terminal.type("fg\n");
  await terminal.screen.until(/went on\r/);
  assert.equal(await leave(terminal), 6);
});

Deno.test("where no shell could continue it ^Z stops nothing, as without us", async () => {
  await using terminal = new Terminal(`exec "$W" ${READER}`);
  await terminal.screen.until(/pid \d+\r/);
  await terminal.type(KEYS.suspend);
  await terminal.type("words\n");
  await terminal.screen.until(/got words\r/);
  await terminal.type(KEYS.endOfFile);
  assert.equal((await terminal.ended).code, 5);
});
