/** On a terminal the application is in front: keys reach it, and it alone; afterwards the terminal is given back. */
import assert from "node:assert/strict";
import { KEYS, Terminal } from "../../support/terminal.ts";

/** As an ordinary process, and as PID 1 that leads a session, as container runtimes start it. */
const ROLES: readonly (readonly [string, string])[] = [
  ["subreaper", '"$W"'],
  [
    "PID 1",
    'unshare --pid --fork --kill-child --mount-proc -- setsid -c -- "$W"',
  ],
];

for (const [name, wrapper] of ROLES) {
  const ignore = name === "PID 1" && Deno.uid() !== 0;

  Deno.test({
    name: `the application is in the terminal's foreground (${name})`,
    ignore,
    fn: async () => {
      await using terminal = new Terminal(`${wrapper} "$A" show`);
      assert.equal((await terminal.ended).code, 0);
      await terminal.screen.done;
      assert.match(terminal.screen.text, /leads 1\r\nforeground 1\r\n/);
    },
  });

  Deno.test({
    name: `keys are signals to it, once each (${name})`,
    ignore,
    fn: async () => {
      await using terminal = new Terminal(`${wrapper} "$A" signals 3`);
      await terminal.screen.until(/ready/);
      await terminal.type(KEYS.interrupt);
      await terminal.screen.until(/signal 2\r/);
      await terminal.type(KEYS.suspend);
      await terminal.screen.until(/signal 20\r/);
      await terminal.type(KEYS.interrupt);
      await terminal.screen.until(/signal 2\r/, { count: 2 });
      await terminal.type(KEYS.quit);
      assert.equal((await terminal.ended).code, 40);
      await terminal.screen.done;
      const seen = terminal.screen.text.match(/(?<=signal )\d+/g);
      assert.deepEqual(seen, ["2", "20", "2", "3"]);
    },
  });

  Deno.test({
    name: `it reads what is typed (${name})`,
    ignore,
    fn: async () => {
      const script =
        `${wrapper} /bin/sh -c 'read line; echo "got $line"; exit 3'`;
      await using terminal = new Terminal(script);
      await terminal.type("words\n");
      assert.equal((await terminal.ended).code, 3);
      await terminal.screen.done;
      assert.match(terminal.screen.text, /got words\r\n/);
    },
  });

  Deno.test({
    name: `nothing of ours is on the screen (${name})`,
    ignore,
    fn: async () => {
      await using terminal = new Terminal(`${wrapper} "$A" exit 0`);
      assert.equal((await terminal.ended).code, 0);
      await terminal.screen.done;
      assert.equal(terminal.screen.text, "");
    },
  });
}

for (
  const [how, words] of [["an exit", "exit 0"], ["KILL", "die 9"]] as const
) {
  Deno.test(`after ${how} the terminal is given back`, async () => {
    const script = `"$W" "$A" ${words}; read line; echo "got $line"`;
    await using terminal = new Terminal(script);
    await terminal.type("words\n");
    await terminal.ended;
    await terminal.screen.done;
    assert.match(terminal.screen.text, /got words\r\n$/);
  });
}

Deno.test("in the background it does not take the terminal", async () => {
  const script = `bash -mc '"$W" "$A" show </dev/tty & wait'`;
  await using terminal = new Terminal(script);
  await terminal.ended;
  await terminal.screen.done;
  assert.match(terminal.screen.text, /leads 1\r\nforeground 0\r\n/);
});
