/** The bundle: a script of its own, fast to load, the same everywhere. */
import assert from "node:assert/strict";
import { bundle, makeScript } from "../../tools/build/bundle.ts";
import { bundleScripts } from "../../tools/build/bundle.ts";
import { buildShim } from "../../tools/build/shim.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";

const script = await bundle();
const FETCHER = new URL("../../src/fetcher/serve.ts", import.meta.url).pathname;
/** Their first use takes 4 to 11 ms. */
const SLOW =
  /(?<![.\w$])(?:(?:set|clear)(?:Timeout|Interval)\b|(?:process|Buffer|Intl)\.)/g;

Deno.test("bundle: it is ASCII, so that V8 keeps one byte a character", () => {
  // deno-lint-ignore no-control-regex -- all of ASCII is meant
  assert.match(script, /^[\x00-\x7f]*$/);
});

Deno.test("bundle: nothing of Node.js is loaded at start", () => {
  assert.equal(/(?<!await )(?<!\.)import\s*["']node:/.test(script), false);
  assert.equal(/\bfrom\s*["']node:/.test(script), false);
});

Deno.test("bundle: what few processes need is in scripts of its own", async () => {
  const rare = await bundleScripts();
  for (
    const [name, words] of [
      ["chain", "certificate cannot be read"],
      ["events", "involvedObject"],
      ["fetcher", "x-vault-token"],
      ["metrics", "has already been registered"],
      ["policy", "ValidatingAdmissionPolicy"],
      ["templates", "is not a supported function"],
      ["unseal", "transfer-encoding"],
    ] as const
  ) {
    assert.ok(rare.get(name)?.includes(words), name);
    assert.equal(script.includes(words), false, name);
  }
});

Deno.test("bundle: wrapper and fetcher name no global that is slow at its first use", async () => {
  const fetcher = await bundle(FETCHER);
  // Templates are loaded when a plan has one.
  assert.doesNotMatch(fetcher, /is not a supported function/);
  for (const text of [script, fetcher]) {
    assert.deepEqual([...text.matchAll(SLOW)].map(([found]) => found), []);
  }
  assert.doesNotMatch(fetcher, /(?<![.\w$])(?:fetch\(|new Response\b)/);
});

Deno.test("bundle: no path of this machine is in it", () => {
  assert.equal(
    script.includes(new URL("../../", import.meta.url).pathname),
    false,
  );
});

Deno.test("bundle: a module that imports at run time is refused by name", () => {
  assert.throws(
    () => makeScript('import x from "node:util";x();'),
    /import x from "node:util".*Static imports of node: modules are slow/,
  );
});

Deno.test("bundle: what a module exports is what its script answers", async () => {
  const license = "\n/*! by somebody */\n";
  const script = makeScript(
    `let t=1;function n(){return t}export{n as one,t};${license}`,
  );
  const { one, t } = await (0, eval)(script);
  assert.equal(one(), t);
  assert.match(script, /by somebody/);
});

Deno.test("bundle: a syntax error is not taken for an import", () => {
  assert.throws(() => makeScript("let a = ;"), /The bundle is not a script: /);
});

Deno.test("bundle: without the static base it opens the shim beside it, from memory", async () => {
  await using folder = await TemporaryFolder.make("bundle-test");
  await Deno.writeTextFile(`${folder.path}/main.js`, script);
  await Deno.copyFile(await buildShim(), `${folder.path}/libct.so`);
  const run = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", `${folder.path}/main.js`, "--version"],
    }).output();
  const good = await run();
  assert.equal(good.code, 0, new TextDecoder().decode(good.stderr));
  await Deno.remove(`${folder.path}/libct.so`);
  assert.notEqual((await run()).code, 0, "control");
});
