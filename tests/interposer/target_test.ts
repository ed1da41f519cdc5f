/** Which programs can receive a hand-off, inspected like the loader and the kernel will. */
import assert from "node:assert/strict";
import { inspectTarget } from "@ffi";
import { explainVerdict } from "../../src/wrapper/child/interposer_verdict.ts";
import {
  compileGuest,
  compileMuslGuest,
  compileText,
  FOLDER,
} from "./guests.ts";

const guest = compileGuest("target");
const encoder = new TextEncoder();

function verdictOn(path: string): string {
  return explainVerdict(inspectTarget(encoder.encode(`${path}\0`)).verdict);
}

/** A copy of the guest with some bytes changed. */
function copy(name: string, change?: (bytes: Uint8Array) => void): string {
  const bytes = Deno.readFileSync(guest);
  change?.(bytes);
  return file(name, bytes);
}

function file(name: string, content: string | Uint8Array): string {
  const path = `${FOLDER}/${name}`;
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  Deno.writeFileSync(path, bytes, { mode: 0o755 });
  return path;
}

Deno.test("programs of both libcs and their scripts are supported", () => {
  for (
    const path of [
      guest,
      compileMuslGuest("target-musl"),
      "/usr/bin/env",
      file("script", "#!/bin/sh\n"),
      file("spaced", "#! \t/usr/bin/env sh\n"),
      file("of-a-script", `#!${FOLDER}/script\n`),
    ]
  ) assert.equal(verdictOn(path), "", path);
});

Deno.test("returns the loader's path", () => {
  const { loader } = inspectTarget(encoder.encode(`${guest}\0`));
  const wanted = encoder.encode("/lib64/ld-linux-x86-64.so.2\0");
  assert.deepEqual(loader, wanted);
});

Deno.test("static programs, including position independent ones", () => {
  const plain = compileGuest("static", "gcc", ["-static"]);
  assert.equal(verdictOn(plain), "static binary");
  const moved = compileGuest("static-pie", "gcc", ["-static-pie"]);
  assert.equal(verdictOn(moved), "static binary");
  assert.equal(verdictOn(file("of-static", `#!${plain}\n`)), "static binary");
});

Deno.test("programs that gain privileges: loaders ignore LD_PRELOAD", () => {
  for (const mode of [0o4755, 0o2755]) {
    const path = copy(`set-${mode}`);
    Deno.chmodSync(path, mode);
    assert.equal(verdictOn(path), "setuid or setgid program");
  }
  const path = copy("capable");
  const script =
    "import os,sys,struct;os.setxattr(sys.argv[1],'security.capability',struct.pack('<5I',0x02000001,0x400,0,0,0))";
  const args = ["-c", script, path];
  const { success } = new Deno.Command("python3", { args }).outputSync();
  assert.ok(success);
  assert.equal(verdictOn(path), "program with file capabilities");
});

Deno.test("other machines, word sizes and byte orders", () => {
  const machine = "program for another architecture";
  assert.equal(verdictOn(copy("arm", (b) => b[18] = 183)), machine);
  assert.equal(verdictOn(copy("narrow", (b) => b[4] = 1)), machine);
  assert.equal(verdictOn(copy("big", (b) => b[5] = 2)), machine);
});

Deno.test("a program for musl with its own start code", () => {
  const loader = `/lib/ld-musl-${Deno.build.arch}.so.1`;
  const path = compileText("own-start", "void _start(void) { for (;;); }", [
    ...["-nostdlib", "-nostartfiles", "-pie", "-fPIE"],
    `-Wl,--dynamic-linker=${loader}`,
  ]);
  assert.equal(
    verdictOn(path),
    "a musl program with its own entry point, which runs no constructors",
  );
});

Deno.test("other loaders, and missing loaders", () => {
  const loader = "its loader is missing, or neither glibc's nor musl's";
  const link = (path: string) =>
    compileGuest("linked", "gcc", [`-Wl,--dynamic-linker=${path}`]);
  assert.equal(verdictOn(link("/lib/ld-uClibc.so.1")), loader);
  assert.equal(verdictOn(link("/nowhere/ld-linux-x86-64.so.2")), loader);
});

Deno.test("neither a program nor a script", () => {
  const format = "neither an ELF program nor a script";
  const odd = ["", "#", "#!", "#!\n", "#! \n", "text", "\x7fELF"];
  for (const content of [...odd, "#!" + "x".repeat(300)]) {
    assert.equal(verdictOn(file("odd", content)), format, content);
  }
  const bytes = Deno.readFileSync(guest);
  assert.equal(verdictOn(file("cut", bytes.subarray(0, 80))), format);
  assert.equal(verdictOn(copy("many", (b) => b[56] = 255)), format);
});

Deno.test("unreadable files, and script loops", () => {
  const unreadable = "this user cannot read its file";
  assert.equal(verdictOn("/nonexistent"), unreadable);
  assert.equal(verdictOn("/usr/bin"), unreadable);
  assert.equal(verdictOn("/dev/null"), unreadable);
  assert.equal(verdictOn(file("lost", "#!/nonexistent\n")), unreadable);
  const loop = file("loop", `#!${FOLDER}/loop\n`);
  assert.equal(
    verdictOn(loop),
    "script with a script as interpreter of its interpreter",
  );
});
