/**
 * CLOUDTASER_ON_ROTATE=update: an application that rereads its environment sees
 * rotated values without a restart, and only whole ones.
 */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { search } from "../attacks/search.ts";
import {
  compileGuest,
  compileMuslGuest,
  SECRET,
  startGuest,
  startVault,
} from "./guests.ts";
import { hashOf } from "./hash.ts";

const guest = compileGuest("update");
const musl = compileMuslGuest("update-musl");

const UPDATE = {
  CLOUDTASER_ON_ROTATE: "update",
  CLOUDTASER_REFRESH_INTERVAL: "300ms",
};
const lineOf = (value: string) => `hash DB_PASSWORD is ${hashOf(value)}\n`;

for (const [name, program] of [["glibc", guest], ["musl", musl]] as const) {
  Deno.test(`${name}: the same process sees every whole value`, async () => {
    await using vault = await startVault();
    const args = [program, "watch", "DB_PASSWORD"];
    await using wrapper = startGuest(vault, args, "require", UPDATE);
    const { stdout } = wrapper;
    const shows = (value: string) =>
      eventually(() => stdout.text, (text) => text.includes(lineOf(value)));
    await shows(SECRET);
    const pid = wrapper.applicationPid;
    const values = [SECRET];
    for (let i = 1; i <= 4; i++) {
      // Longer and shorter values within the capacity.
      const value = `pattern-number-${i}-${"xyz".repeat(5 * (i % 3))}`;
      values.push(value);
      await vault.setPassword(value);
      await shows(value);
    }
    assert.equal(stdout.text, values.map(lineOf).join(""));
    assert.equal(wrapper.applicationPid, pid);
    assert.match(
      wrapper.stderr.text,
      /Changed: DB_PASSWORD; values updated in the running application/,
    );
    const { copies } = search("environ", pid, values);
    assert.deepEqual(copies, values.map(() => 0));
  });
}

Deno.test("a program executed afterwards gets the new value in secret memory", async () => {
  await using vault = await startVault();
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-update-" });
  const go = `${folder}/go`;
  const args = [
    "sh",
    "-c",
    `$0 hash DB_PASSWORD; until [ -e $1 ]; do sleep 0.1; done
     exec $0 hash DB_PASSWORD ready`,
    guest,
    go,
  ];
  await using wrapper = startGuest(vault, args, "require", UPDATE);
  await wrapper.waitForOutput(/hash/);
  const second = "pattern-after-the-first";
  await vault.setPassword(second);
  await wrapper.waitForLog(/values updated in the running application/);
  await Deno.writeTextFile(go, "");
  const [, pid] = await wrapper.waitForOutput(/ready (\d+)/);
  assert.ok(wrapper.stdout.text.includes(lineOf(second)));
  const { copies } = search("mem", Number(pid), [SECRET, second]);
  assert.deepEqual(copies, [0, 0]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("no update if a value does not fit or the application executed another program", async () => {
  await using vault = await startVault();
  const args = [guest, "watch", "DB_PASSWORD"];
  await using wrapper = startGuest(vault, args, "require", UPDATE);
  await wrapper.waitForOutput(/hash/);
  await vault.setPassword("pattern-".repeat(40));
  await wrapper.waitForLog(
    /keeps the old values: new variables, or values too long to replace: DB_PASSWORD/,
  );
  assert.equal(wrapper.stdout.text, lineOf(SECRET));
  const script = ["sh", "-c", `exec ${guest} watch DB_PASSWORD`];
  await using other = startGuest(vault, script, "require", UPDATE);
  await other.waitForOutput(/hash/);
  await vault.setPassword("pattern-of-others");
  await other.waitForLog(
    /keeps the old values: an entrypoint exec.d another program/,
  );
});

Deno.test("without a hand-off the log says so", async () => {
  await using vault = await startVault();
  const args = [guest, "watch", "DB_PASSWORD"];
  await using wrapper = startGuest(vault, args, "off", UPDATE);
  await wrapper.waitForOutput(/hash/);
  await vault.setPassword("pattern-of-no-process");
  await wrapper.waitForLog(
    /keeps the old values: cannot interpose \(switched off/,
  );
  assert.equal(wrapper.stdout.text, lineOf(SECRET));
});
