/**
 * Hand-off of secrets to the application: each program that it executes, by any
 * call, reads the right values, and root finds no copy from outside.
 */
import assert from "node:assert/strict";
import {
  assertNoCopy,
  compileGuest,
  compileMuslGuest,
  copiesIn,
  RIGHT,
  runGuest,
  same,
  startGuest,
  startVault,
  whileReady,
} from "./guests.ts";

const guest = compileGuest("guest");
const musl = compileMuslGuest("guest-musl");
const PROGRAMS = [["glibc", guest], ["musl", musl]] as const;
const HASH = ["hash", "DB_PASSWORD"];

const CALLS = "execve execv execvp execvpe execl execlp execle fexecve"
  .split(" ");

Deno.test("control: without the interposer root finds the value", async () => {
  await using vault = await startVault();
  await using wrapper = startGuest(vault, [guest, "ready"], "off");
  const [, pid] = await wrapper.waitForOutput(/ready (\d+)/);
  const found = copiesIn(Number(pid));
  assert.ok(found.environ > 0 && found.memory > 0, JSON.stringify(found));
});

for (const [name, program] of PROGRAMS) {
  Deno.test(`${name}: the value is right, and root finds no copy`, async () => {
    await using vault = await startVault();
    const args = [program, ...HASH, "fds", "ready"];
    await whileReady(vault, args, async (pid, wrapper) => {
      assertNoCopy(pid);
      const maps = await Deno.readTextFile(`/proc/${pid}/maps`);
      assert.match(maps, /\/secretmem/);
      const numbers = [...wrapper.stdout.text.matchAll(/^fd (\d+)/gm)]
        .map(([, fd]) => Number(fd));
      assert.deepEqual(numbers.filter((fd) => fd > 2 && fd < 250), []);
    });
  });

  for (const call of CALLS) {
    Deno.test(`${name}: ${call} passes it on`, async () => {
      await using vault = await startVault();
      const args = [program, "exec", call, program, ...HASH, "ready"];
      await whileReady(vault, args, assertNoCopy);
    });
  }

  for (const how of ["spawn", "spawnp", "respawn", "system", "popen"]) {
    Deno.test(`${name}: ${how}: the child gets the right value`, async () => {
      await using vault = await startVault();
      const child = [program, ...HASH, "fds", "exit", "3"];
      const args = [program, how, ...child];
      const { code, stdout } = await runGuest(vault, args);
      assert.equal(code, 3);
      assert.match(stdout, new RegExp(RIGHT));
      assert.doesNotMatch(stdout, /secretmem|memfd/);
    });
  }

  for (const how of ["spawn", "spawnp"]) {
    Deno.test(`${name}: ${how} passes it on`, async () => {
      await using vault = await startVault();
      const args = [program, how, program, ...HASH, "ready"];
      await whileReady(vault, args, (pid) => {
        assertNoCopy(pid);
        Deno.kill(pid, "SIGTERM");
      });
    });
  }
}

for (
  const how of [["fork"], ["vfork"], ["thread"], ["fork", "thread"], ["small"]]
) {
  Deno.test(`in ${how.join(" and ")}, and back in the parent`, async () => {
    await using vault = await startVault();
    const inner = ["exec", "execvp", guest, ...HASH, "fds", "exit", "7"];
    const result = await runGuest(vault, [guest, ...how, ...inner]);
    assert.equal(result.code, 7, result.stderr);
    assert.match(result.stdout, new RegExp(RIGHT));
    assert.doesNotMatch(result.stdout, /secretmem|memfd/);
  });
}

Deno.test("posix_spawnp finds programs, and fails like libc's", async () => {
  await using vault = await startVault();
  for (const program of ["printenv", "no-such-program", ""]) {
    await same(vault, [guest, "spawnp", program, "DB_PASSWORD"]);
  }
});

Deno.test("children see what the application changes", async () => {
  await using vault = await startVault();
  const inner = ["exec", "execvp", guest, ...HASH];
  const run = (words: string[]) => same(vault, [guest, ...words, ...inner]);
  assert.match(await run(["unset", "DB_PASSWORD"]), /DB_PASSWORD missing/);
  const changed = await run(["set", "DB_PASSWORD=mine"]);
  assert.doesNotMatch(changed, new RegExp(RIGHT));
  const empty = await run(["set", "DB_PASSWORD="]);
  assert.match(empty, /DB_PASSWORD is 2166136261/);
});

Deno.test("an application can overwrite its value in place", async () => {
  await using vault = await startVault();
  const text = await same(vault, [guest, "wipe", "DB_PASSWORD", ...HASH]);
  assert.match(text, /^hash DB_PASSWORD is \d+$/m);
});
