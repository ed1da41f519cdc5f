/**
 * Secrets that the application takes over: the right values in every program
 * that it executes, by every call, and no copy where root looks from outside.
 */
import assert from "node:assert/strict";
import { search } from "../attacks/search.ts";
import {
  compileGuest,
  compileMuslGuest,
  NEEDLE,
  RIGHT,
  runGuest,
  startGuest,
  startVault,
} from "./guests.ts";

const guest = compileGuest("guest");
const musl = compileMuslGuest("guest-musl");

const CALLS = [
  "execve",
  "execv",
  "execvp",
  "execvpe",
  "execl",
  "execlp",
  "execle",
  "fexecve",
];

/** Copies of the needle in the environment block and in all readable memory. */
function copies(pid: number): { environ: number; memory: number } {
  const [environ = -1] = search("environ", pid, [NEEDLE]).copies;
  const [memory = -1] = search("mem", pid, [NEEDLE]).copies;
  return { environ, memory };
}

Deno.test("control: without the interposer root finds the value", async () => {
  await using vault = await startVault();
  await using wrapper = startGuest(vault, [guest, "ready"], "off");
  const [, pid] = await wrapper.waitForOutput(/ready (\d+)/);
  const found = copies(Number(pid));
  assert.ok(found.environ > 0 && found.memory > 0, JSON.stringify(found));
});

for (const [name, program] of [["glibc", guest], ["musl", musl]] as const) {
  Deno.test(`${name}: the value is right, and root finds no copy`, async () => {
    await using vault = await startVault();
    const args = [program, "hash", "DB_PASSWORD", "fds", "ready"];
    await using wrapper = startGuest(vault, args);
    const [, pid] = await wrapper.waitForOutput(/ready (\d+)/);
    assert.match(wrapper.stdout.text, new RegExp(RIGHT));
    assert.deepEqual(copies(Number(pid)), { environ: 0, memory: 0 });
    const maps = await Deno.readTextFile(`/proc/${pid}/maps`);
    assert.match(maps, /\/secretmem/);
    const numbers = [...wrapper.stdout.text.matchAll(/^fd (\d+)/gm)]
      .map(([, fd]) => Number(fd));
    assert.deepEqual(numbers.filter((fd) => fd > 2 && fd < 250), []);
  });

  for (const call of CALLS) {
    Deno.test(`${name}: ${call} hands it on`, async () => {
      await using vault = await startVault();
      const args = [program, "exec", call, program, "hash", "DB_PASSWORD"];
      await using wrapper = startGuest(vault, [...args, "ready"]);
      const [, pid] = await wrapper.waitForOutput(/ready (\d+)/);
      assert.match(wrapper.stdout.text, new RegExp(RIGHT));
      assert.deepEqual(copies(Number(pid)), { environ: 0, memory: 0 });
    });
  }
}

for (
  const how of [["fork"], ["vfork"], ["thread"], ["fork", "thread"], ["small"]]
) {
  Deno.test(`in ${how.join(" and ")}, and back in the parent`, async () => {
    await using vault = await startVault();
    const inner = [guest, "hash", "DB_PASSWORD", "fds"];
    const { code, stdout, stderr } = await runGuest(vault, [
      guest,
      ...how,
      "exec",
      "execvp",
      ...inner,
      "exit",
      "7",
    ]);
    assert.equal(code, 7, stderr);
    assert.match(stdout, new RegExp(RIGHT));
    assert.doesNotMatch(stdout, /secretmem|memfd/);
  });
}

for (const how of ["spawn", "spawnp", "respawn", "system", "popen"]) {
  for (const [name, program] of [["glibc", guest], ["musl", musl]] as const) {
    Deno.test(`${name}: ${how}: the child gets the right value`, async () => {
      await using vault = await startVault();
      const child = [program, "hash", "DB_PASSWORD", "fds", "exit", "3"];
      const { code, stdout } = await runGuest(vault, [program, how, ...child]);
      assert.equal(code, 3);
      assert.match(stdout, new RegExp(RIGHT));
      assert.doesNotMatch(stdout, /secretmem|memfd/);
    });
  }
}

for (const how of ["spawn", "spawnp"]) {
  for (const [name, program] of [["glibc", guest], ["musl", musl]] as const) {
    Deno.test(`${name}: ${how} hands it on`, async () => {
      await using vault = await startVault();
      const args = [program, how, program, "hash", "DB_PASSWORD", "ready"];
      await using wrapper = startGuest(vault, args);
      const [, pid] = await wrapper.waitForOutput(/ready (\d+)/);
      assert.match(wrapper.stdout.text, new RegExp(RIGHT));
      assert.deepEqual(copies(Number(pid)), { environ: 0, memory: 0 });
      Deno.kill(Number(pid), "SIGTERM");
    });
  }
}

Deno.test("posix_spawnp finds programs, and says what it does not find", async () => {
  await using vault = await startVault();
  for (const program of ["printenv", "no-such-program", ""]) {
    const args = [guest, "spawnp", program, "DB_PASSWORD"];
    const with_ = await runGuest(vault, args);
    const without = await runGuest(vault, args, "off");
    assert.equal(with_.code, without.code, program);
    assert.equal(with_.stdout, without.stdout);
  }
});

Deno.test("what the application changes is what its children see", async () => {
  await using vault = await startVault();
  const inner = ["exec", "execvp", guest, "hash", "DB_PASSWORD"];
  const said = async (words: string[]) =>
    (await runGuest(vault, [guest, ...words, ...inner])).stdout;
  assert.match(await said(["unset", "DB_PASSWORD"]), /DB_PASSWORD missing/);
  const mine = await said(["set", "DB_PASSWORD=mine"]);
  assert.equal(
    mine,
    (await runGuest(
      vault,
      [guest, "set", "DB_PASSWORD=mine", ...inner],
      "off",
    )).stdout,
  );
  assert.doesNotMatch(mine, new RegExp(RIGHT));
  assert.match(
    await said(["set", "DB_PASSWORD="]),
    /DB_PASSWORD is 2166136261/,
  );
});

Deno.test("an application may overwrite its value in place", async () => {
  await using vault = await startVault();
  const args = [guest, "wipe", "DB_PASSWORD", "hash", "DB_PASSWORD"];
  const { code, stdout } = await runGuest(vault, args);
  assert.equal(code, 0);
  assert.equal(stdout, (await runGuest(vault, args, "off")).stdout);
});
