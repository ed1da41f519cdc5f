/**
 * Rare things that an interposer may break: a program prints and exits the same with
 * and without it, also if there is no hand-off.
 */
import assert from "node:assert/strict";
import {
  compileGuest,
  compileOdd,
  compileText,
  RIGHT,
  runGuest,
  same,
  startVault,
} from "./guests.ts";

const PROGRAMS = new URL("./programs/", import.meta.url).pathname;
const guest = compileGuest("corner-guest");
const corners = compileText(
  "corners",
  Deno.readTextFileSync(`${PROGRAMS}corners.c`),
  ["-pthread"],
);
const HASH = [guest, "hash", "DB_PASSWORD"];
const SHARED = ["-shared", "-fPIC"];
const HEAD = "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <stdio.h>\n" +
  "#include <stdlib.h>\n#include <unistd.h>\n";

/** Runs a command in both ways with its own Vault. */
async function alike(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  interpose?: string,
): Promise<string> {
  await using vault = await startVault();
  return await same(vault, args, more, interpose);
}

Deno.test("the auxiliary vector is behind the environment", async () => {
  assert.equal(await alike([corners, "auxv"]), "found\n");
});

Deno.test("blocked and ignored signals do not change", async () => {
  const args = ["grep", "Sig[BI]", "/proc/self/status"];
  assert.match(await alike(args), /^SigBlk:\t0+$/m);
});

Deno.test("a program with a variable `environ` of its own", async () => {
  const program = compileText(
    "own-environ",
    `${HEAD}char **environ;
int main(int count, char **words) { puts(getenv("DB_PASSWORD")); fflush(stdout); return count > 1 ? execv(words[1], words + 1) : 0; }`,
  );
  assert.match(await alike([program, ...HASH]), new RegExp(`\n${RIGHT}\n`));
});

Deno.test("a library in a memory file is loaded by its usual name", async () => {
  const library = compileText(
    "answer.so",
    "int answer(void) { return 42; }",
    SHARED,
  );
  const script = `exec ${corners} library ${library}`;
  assert.equal(await alike(["bash", "-c", script]), "42\n");
});

Deno.test("debuggers do not see a path below /proc/self", async () => {
  await using vault = await startVault();
  const { stdout } = await runGuest(vault, [corners, "loaded"]);
  assert.match(stdout, /^\[cloudtaser\]$/m);
  assert.doesNotMatch(stdout, /\/proc\//);
});

Deno.test("the limit for arguments does not change", async () => {
  await using vault = await startVault();
  const largest = async (interpose: string) =>
    Number((await runGuest(vault, [corners, "edge"], interpose)).stdout);
  const without = await largest("off");
  assert.ok(without > 1_000_000);
  assert.ok(await largest("require") >= without);
});

// getpid, getuid, fgetxattr, statx, memfd_create, memfd_secret on x86-64.
for (const number of [39, 102, 193, 332, 319, 447]) {
  Deno.test(`makes no system call ${number} under a seccomp filter`, async () => {
    for (const who of ["kill", "thread"]) {
      const args = [corners, who, `${number}`, ...HASH];
      assert.match(await alike(args), new RegExp(RIGHT), who);
    }
  });
}

Deno.test("on a small signal stack, with a thousand variables", async () => {
  assert.match(await alike([corners, "signal", ...HASH]), new RegExp(RIGHT));
});

Deno.test("an execve that drops the capability to lock memory", async () => {
  assert.match(await alike([corners, "unlock", ...HASH]), new RegExp(RIGHT));
});

for (const how of ["--bounding-set=-ipc_lock", "--securebits=+noroot"]) {
  Deno.test(`root without that capability: setpriv ${how}`, async () => {
    const command = `setpriv ${how} ${HASH.join(" ")}`;
    const script = `ulimit -l 0; exec ${command}`;
    assert.match(await alike(["bash", "-c", script]), new RegExp(RIGHT));
  });
}

Deno.test("the application's own library still replaces getenv and execve", async () => {
  const library = compileText(
    "before.so",
    `${HEAD}char *getenv(const char *name) {
  char *(*next)(const char *) = dlsym(RTLD_NEXT, "getenv");
  return name[0] == '?' ? "asked" : next(name);
}
int execve(const char *path, char *const argv[], char *const env[]) {
  int (*next)(const char *, char *const[], char *const[]) = dlsym(RTLD_NEXT, "execve");
  printf("execve %s\\n", path); fflush(stdout);
  return next(path, argv, env);
}`,
    SHARED,
  );
  const asks = compileText(
    "asks",
    `${HEAD}extern char **environ;
int main(int count, char **words) { puts(getenv("?")); fflush(stdout); return execve(words[1], words + 1, environ); }`,
  );
  const said = await alike([asks, ...HASH], { LD_PRELOAD: library });
  assert.equal(said, `asked\nexecve ${guest}\n${RIGHT}\n`);
});

Deno.test("a library for LD_AUDIT reads the right value", async () => {
  const library = compileText(
    "audit.so",
    `${HEAD}unsigned la_version(unsigned version) {
  const char *value = getenv("DB_PASSWORD");
  dprintf(1, "audit: %s\\n", value && *value ? "full" : "empty");
  return version;
}`,
    SHARED,
  );
  const said = await alike(HASH, { LD_AUDIT: library }, "auto");
  assert.match(said, /^audit: full\n/);
});

Deno.test("a program with a different loader than the tested one", async () => {
  const odd = compileOdd();
  assert.equal(await alike([guest, "exec", "execv", odd]), "full\n");
});

Deno.test("loaders that print what they load do not print the interposer", async () => {
  await using vault = await startVault();
  const env = { LD_TRACE_LOADED_OBJECTS: "1" };
  const { code, stdout } = await runGuest(vault, HASH, "auto", env);
  assert.equal(code, 0);
  assert.match(stdout, /libc\.so/);
  assert.doesNotMatch(stdout, /proc\/self/);
});
