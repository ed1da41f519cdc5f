/**
 * Many, large and unusual secrets. Apart from them a program sees, prints and inherits
 * the same with and without the interposer.
 */
import assert from "node:assert/strict";
import {
  compileGuest,
  compileMuslGuest,
  same,
  startVault,
  write,
} from "./guests.ts";
import { hashOf } from "./hash.ts";

const guest = compileGuest("values");
const musl = compileMuslGuest("values-musl");

/** Every field of secret/data/NAME under its own name. */
const all = (name: string) => ({
  CLOUDTASER_SECRET_PATHS: `secret/data/${name}`,
});

Deno.test("a thousand secrets, also behind exec", async () => {
  await using vault = await startVault();
  const data: Record<string, string> = {};
  for (let i = 0; i < 1000; i++) {
    data[`SECRET_${i}`] = `value-${i}-${"x".repeat(i % 50)}`;
  }
  // OpenBao accepts at most a thousand strings in a request, names included.
  const entries = Object.entries(data);
  const paths = [0, 250, 500, 750].map((from) => `many${from}`);
  for (const [i, path] of paths.entries()) {
    const part = entries.slice(250 * i, 250 * (i + 1));
    await write(vault, path, Object.fromEntries(part));
  }
  const env = ["env", "exec", "execvp", guest, "env"];
  const text = await same(vault, [guest, ...env], {
    CLOUDTASER_SECRET_PATHS: paths.map((path) => `secret/data/${path}`).join(),
  });
  for (const [name, value] of Object.entries(data)) {
    assert.equal(text.split(`${name}=${value}\n`).length, 3, name);
  }
});

Deno.test("large values, and values with line feeds and other characters", async () => {
  await using vault = await startVault();
  const data = {
    LARGE: "L".repeat(60 * 1024),
    LINES: "-----BEGIN KEY-----\nabc\n\tdef\n-----END KEY-----\n",
    OTHERS: "ümläut 漢字 \x01\x7f = == \"'$`",
    EQUALS: "=a=b=",
    EMPTY: "",
    SHORT: "1",
  };
  await write(vault, "odd", data);
  const hashes = Object.keys(data).flatMap((name) => ["hash", name]);
  for (const program of [guest, musl]) {
    const args = [program, ...hashes, "exec", "execv", program, ...hashes];
    const text = await same(vault, args, all("odd"));
    for (const [name, value] of Object.entries(data)) {
      const line = `hash ${name} is ${hashOf(value)}\n`;
      assert.equal(text.split(line).length, 3, name);
    }
  }
});

Deno.test("output and exit do not differ otherwise", async () => {
  await using vault = await startVault();
  const cases = [
    [guest, "env", "fds", "exit", "5"],
    [musl, "env", "fds", "exit", "5"],
    [guest, "fork", "env", "fds", "exec", "execvp", guest, "env", "fds"],
    [guest, "vfork", "execve", guest, "env", "fds"],
    [guest, "thread", "exec", "execvp", musl, "env", "fds"],
    [guest, "spawn", guest, "env", "fds"],
    [guest, "popen", guest, "env", "fds"],
    [guest, "exec", "execvp", "no-such-program"],
    [guest, "exec", "execv", "/etc/passwd"],
    [guest, "exec", "execvp", "/"],
    ["env"],
    ["env", "-i", "A=b", "/usr/bin/env"],
    ["env", "-u", "DB_PASSWORD", "env"],
    [
      "dash",
      "-c",
      "env; export DB_PASSWORD=other; env; ls -l /proc/self/fd | wc -l",
    ],
    ["bash", "-c", "declare -x; (exec env | sort); exit 9"],
    ["sh", "-c", "DB_PASSWORD= env; unset DB_PASSWORD; env"],
    ["sh", "-c", "kill -TERM $$"],
  ];
  for (const args of cases) await same(vault, args);
});

Deno.test("sh runs a script without `#!`, as with execvp", async () => {
  await using vault = await startVault();
  const path = await Deno.makeTempFile({ suffix: ".script" });
  await Deno.writeTextFile(path, "echo script $0 $1; env\n");
  await Deno.chmod(path, 0o755);
  try {
    const text = await same(vault, [guest, "exec", "execvp", path, "word"]);
    assert.match(text, /^script .* word$/m);
    await same(vault, [musl, "exec", "execvp", path, "word"]);
  } finally {
    await Deno.remove(path);
  }
});
