/**
 * Without a hand-off the application gets the right values in its environment, or
 * is not started. It never gets an empty or a wrong value.
 */
import assert from "node:assert/strict";
import {
  runWrapper,
  WRAPPER,
  type Wrapper,
  type WrapperResult,
} from "../support/wrapper.ts";
import {
  assertInEnvironment,
  compileGuest,
  compileOdd,
  compileText,
  FOLDER,
  RIGHT,
  runGuest,
  same,
  SECRET,
  settings,
  startVault,
  whileReady,
} from "./guests.ts";

const guest = compileGuest("fallback");
const still = compileGuest("fallback-static", "gcc", ["-static"]);
const HASH = ["hash", "DB_PASSWORD"];
const SHARED = ["-shared", "-fPIC"];
const INTERPOSER =
  new URL("../../c/build/interposer", import.meta.url).pathname;

Deno.test("a static program: secrets in the environment with auto, not started with require", async () => {
  await using vault = await startVault();
  const auto = await runGuest(vault, [still, ...HASH], "auto");
  assert.equal(auto.code, 0, auto.stderr);
  assert.match(auto.stdout, new RegExp(RIGHT));
  assert.match(
    auto.stderr,
    /Cannot interpose \(static binary\); root can read/,
  );
  assert.match(
    assertRefused(await runGuest(vault, [still, ...HASH], "require")),
    /not started: CLOUDTASER_INTERPOSE=require, but the application cannot be interposed: static binary; .* exit_code=77\n$/,
  );
});

for (
  const [what, mode] of [["setuid", 0o4755], ["unreadable", 0o711]] as const
) {
  Deno.test(`a program that a dynamic application executes: ${what}`, async () => {
    await using vault = await startVault();
    const path = `${FOLDER}/${what}`;
    await Deno.copyFile(guest, path);
    await Deno.chmod(path, mode);
    const args = [guest, "exec", "execve", path, ...HASH];
    const env = settings(vault, "auto", { VAULT_TOKEN: vault.token });
    const { stdout, stderr } = await runWrapper({ args, env, uid: 65532 });
    assert.match(stdout, new RegExp(RIGHT), stderr);
    assert.match(stderr, /receives its secrets through memfd_secret/);
  });
}

Deno.test("a static program executed by a dynamic one gets the right values", async () => {
  await using vault = await startVault();
  const args = [guest, "exec", "execvp", still, ...HASH, "ready"];
  await whileReady(vault, args, assertInEnvironment);
});

Deno.test("no hand-off in a root without /proc, where the loader would not find the interposer", async () => {
  await using vault = await startVault();
  const root = await makeRoot();
  const args = [guest, "chroot", root, "exec", "execve", "/guest", ...HASH];
  const { stdout, stderr } = await runGuest(vault, args);
  assert.match(stdout, new RegExp(RIGHT), stderr);
});

Deno.test("no hand-off after a new seccomp filter", async () => {
  await using vault = await startVault();
  const args = [guest, "filter", "exec", "execv", guest, ...HASH, "ready"];
  await whileReady(vault, args, assertInEnvironment);
});

Deno.test("RLIMIT_FSIZE below the size of a hand-off does no harm", async () => {
  await using vault = await startVault();
  const script = `ulimit -f 0; exec ${guest} ${HASH.join(" ")}`;
  for (const interpose of ["off", "require"]) {
    const args = ["/bin/bash", "-c", script];
    const { code, stdout, stderr } = await runGuest(vault, args, interpose);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(RIGHT));
  }
});

for (const call of ["seteuid", "setegid"]) {
  Deno.test(`after ${call} no hand-off: loaders would ignore the interposer`, async () => {
    await using vault = await startVault();
    const args = [guest, call, "65532", "exec", "execv", guest, ...HASH];
    await whileReady(vault, [...args, "ready"], assertInEnvironment);
  });
}

Deno.test("without secret memory", async () => {
  await using vault = await startVault();
  const auto = await runWithoutMemory(settings(vault, "auto"));
  assert.match(auto.stdout, new RegExp(RIGHT), auto.stderr);
  assert.match(auto.stderr, /Cannot interpose \(no secret memory\)/);
  assertRefused(await runWithoutMemory(settings(vault, "require")));
});

Deno.test("the application's own LD_PRELOAD works and is visible", async () => {
  await using vault = await startVault();
  const library = makeLibrary();
  const own = [guest, ...HASH, "env"];
  const args = [...own, "exec", "execv", ...own];
  const text = await same(vault, args, { LD_PRELOAD: library });
  assert.equal(text.match(/library loaded/g)?.length, 2);
  assert.match(text, new RegExp(`^LD_PRELOAD=${library}$`, "m"));
});

Deno.test("a library that runs before the interposer reads the right value", async () => {
  await using vault = await startVault();
  const program = makeHasty();
  for (const interpose of ["off", "require"]) {
    const { stdout, stderr } = await runGuest(vault, [program], interpose);
    assert.equal(stdout, `library: ${SECRET}\nprogram: ${SECRET}\n`, stderr);
  }
});

Deno.test("a secret that the loader or allocator reads stays in the environment", async () => {
  await using vault = await startVault();
  const env = { MALLOC_OF_MINE: "vault:secret/data/app#password" };
  const args = [guest, ...HASH, "hash", "MALLOC_OF_MINE", "ready"];
  const other = RIGHT.replace("DB_PASSWORD", "MALLOC_OF_MINE");
  const check = (pid: number, wrapper: Wrapper) => {
    assert.match(wrapper.stdout.text, new RegExp(other));
    assertInEnvironment(pid);
  };
  await whileReady(vault, args, check, "auto", env);
});

Deno.test("a program that fails in its loader is restarted once, with secrets in the environment", async () => {
  await using vault = await startVault();
  const broken = makeBroken();
  const auto = await runGuest(vault, [broken], "auto");
  assert.equal(auto.code, 127);
  const falls = auto.stderr.match(
    /starting it with secrets in its environment/g,
  );
  assert.equal(falls?.length, 1);
  const required = await runGuest(vault, [broken], "require");
  assert.equal(required.code, 77);
});

Deno.test("a loader that does not load the interposer: killed before the program runs, then restarted with secrets in the environment", async () => {
  await using vault = await startVault();
  const odd = compileOdd();
  const off = await runGuest(vault, [odd], "off");
  assert.equal(off.stdout, "full\n", off.stderr);
  const auto = await runGuest(vault, [odd], "auto");
  assert.equal(auto.stdout, "full\n", auto.stderr);
  assert.match(
    auto.stderr,
    /The interposer did not load in the application; starting it with secrets in its environment/,
  );
  assert.match(
    auto.stderr,
    /Cannot interpose \(the application did not adopt its secrets\)/,
  );
  assertRefused(await runGuest(vault, [odd], "require"));
});

Deno.test("no hand-off where ptrace is forbidden", async () => {
  await using vault = await startVault();
  const run = (interpose: string) =>
    runWrapper({
      args: [guest, ...HASH],
      env: settings(vault, interpose),
      within: [guest, "untraced", "exec", "execv"],
    });
  const auto = await run("auto");
  assert.match(auto.stdout, new RegExp(RIGHT), auto.stderr);
  assert.match(auto.stderr, /Cannot interpose \(.* refuses to trace it/);
  assertRefused(await run("require"));
});

Deno.test("an invalid hand-off ends the program before its own code runs", () => {
  for (
    const [what, note, why] of [
      ["no such descriptor", makeNote(77, 4096n), /cannot be mapped/],
      ["not a hand-off", makeNote(0, 4096n), /cannot be mapped|is invalid/],
      ["no note at all", new Uint8Array(24), /has no note/],
    ] as const
  ) {
    const image = `${FOLDER}/image`;
    Deno.writeFileSync(image, Deno.readFileSync(INTERPOSER));
    Deno.writeFileSync(image, note, { append: true });
    const script =
      'exec 9<"$0"; LD_PRELOAD=/proc/self/fd/./9 exec "$1" "$2" "$3"';
    const { code, stdout, stderr } = new Deno.Command("sh", {
      args: ["-c", script, image, guest, ...HASH],
      stdin: "null",
    }).outputSync();
    assert.equal(code, 71, what);
    assert.equal(stdout.length, 0, what);
    assert.match(new TextDecoder().decode(stderr), why, what);
  }
});

/** The wrapper exits with 77 and does not start the application. Its log. */
function assertRefused(
  { code, stdout, stderr }: Pick<WrapperResult, "code" | "stdout" | "stderr">,
): string {
  assert.equal(code, 77, stderr);
  assert.equal(stdout, "");
  return stderr;
}

/** `struct ct_note` of c/interposer/handoff.h. */
function makeNote(handoff: number, bytes: bigint): Uint8Array {
  const note = new DataView(new ArrayBuffer(24));
  note.setUint32(0, 0x45544f4e, true);
  note.setUint32(4, handoff, true);
  note.setBigUint64(8, bytes, true);
  return new Uint8Array(note.buffer);
}

/** As an unprivileged user who cannot lock memory. */
async function runWithoutMemory(env: Record<string, string>) {
  const user = ["--reuid=65532", "--regid=65532", "--clear-groups"];
  const { code, stdout, stderr } = await new Deno.Command("prlimit", {
    args: ["--memlock=0:0", "setpriv", ...user, WRAPPER, guest, ...HASH],
    clearEnv: true,
    env: { ...env, CLOUDTASER_LISTEN: "off" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function makeRoot(): Promise<string> {
  const root = `${FOLDER}/root`;
  await Deno.mkdir(`${root}/lib64`, { recursive: true });
  await Deno.mkdir(`${root}/lib/x86_64-linux-gnu`, { recursive: true });
  await Deno.copyFile(guest, `${root}/guest`);
  const [loader, libc] = ["ld-linux-x86-64.so.2", "libc.so.6"];
  for (const file of [`lib64/${loader}`, `lib/x86_64-linux-gnu/${libc}`]) {
    await Deno.copyFile(`/${file}`, `${root}/${file}`);
  }
  return root;
}

function makeLibrary(): string {
  return compileText(
    "library.so",
    '#include <stdio.h>\n__attribute__((constructor)) static void hello(void) { puts("library loaded"); fflush(stdout); }',
    SHARED,
  );
}

/**
 * glibc runs one library first: the last one marked initfirst, as libpthread was
 * before glibc 2.34. The others then run before the interposer.
 */
function makeHasty(): string {
  const early = [...SHARED, "-Wl,-z,initfirst"];
  compileText("libfirst.so", "int first(void) { return 0; }", early);
  const say = (who: string) =>
    `printf("${who}: %s\\n", getenv("DB_PASSWORD")); fflush(stdout);`;
  const head = "#include <stdio.h>\n#include <stdlib.h>\n";
  compileText(
    "libhasty.so",
    `${head}int hasty(void) { return 0; }
__attribute__((constructor)) static void begin(void) { ${say("library")} }`,
    SHARED,
  );
  return compileText(
    "hasty",
    `${head}int first(void); int hasty(void);
int main(void) { ${say("program")} return first() + hasty(); }`,
    [`-L${FOLDER}`, `-Wl,-rpath,${FOLDER}`, "-lfirst", "-lhasty"],
  );
}

/** A program that needs a missing library. */
function makeBroken(): string {
  const text = "int gone(void) { return 0; }";
  const library = compileText("libgone.so", text, SHARED);
  const broken = compileText(
    "broken",
    "int gone(void); int main(void) { return gone(); }",
    [`-L${FOLDER}`, "-lgone"],
  );
  Deno.removeSync(library);
  return broken;
}
