/** The enforcer in the binary: its very bytes, and a program that starts from memory. */
import assert from "node:assert/strict";
import { sha256 } from "../../tools/cache.ts";
import { compile } from "../../tools/compile.ts";
import { buildEnforcer } from "../../tools/build/enforcer.ts";
import { readEmbedded } from "@ffi";

const FFI = new URL("../../ffi/mod.ts", import.meta.url).href;

/** Says the hash of what it finds, then starts it with an unknown argument. */
const ENTRY = `
import { socketPair, programFile, readEmbedded, receive, spawn } from "${FFI}";
const bytes = await readEmbedded("enforcer");
const hash = await crypto.subtle.digest("SHA-256", bytes);
const text = (word) => new TextEncoder().encode(word + "\\0");
const [ours, theirs] = socketPair();
spawn({
  paths: [text("/proc/self/fd/4")],
  argv: ["enforcer", "--nonsense"].map(text),
  envp: [],
  fds: [theirs, programFile(bytes)],
  closeOthers: true,
});
const said = new Uint8Array(4096);
const length = await receive(ours, said, 10_000);
console.log(new Uint8Array(hash).toHex());
console.log(new TextDecoder().decode(said.subarray(0, length)));
Deno.exit(0);
`;

Deno.test("embedded: the binary carries the enforcer's bytes, and they start from memory", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-embedded-" });
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, ENTRY);
    const output = `${folder}/program`;
    await compile({ entry: `${folder}/main.ts`, output });
    const { stdout, stderr, code } = await new Deno.Command(output, {
      cwd: "/",
      clearEnv: true,
    }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, decoder.decode(stderr));
    const [hash, line = ""] = decoder.decode(stdout).split("\n");
    assert.equal(
      hash,
      await sha256(await Deno.readFile(await buildEnforcer())),
    );
    const { t, reason } = JSON.parse(line);
    assert.equal(t, "fatal");
    assert.equal(reason, "unknown argument --nonsense");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("embedded: under deno run it is what tools/build/enforcer.ts built", async () => {
  const built = await buildEnforcer();
  const bytes = await readEmbedded("enforcer");
  assert.equal(await sha256(bytes), await sha256(await Deno.readFile(built)));
});
