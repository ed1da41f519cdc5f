/** `policy` of the compiled binary: a script beside the wrapper's. */
import assert from "node:assert/strict";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { PageShell } from "../support/pages/shell.ts";
import { runWrapper, WRAPPER } from "../support/wrapper.ts";

const MANIFEST = `kind: ConfigMap
metadata: { name: cloudtaser }
data: { image: "r/w:1", vaultAddr: "https://vault:8200", mode: deny }
---
kind: Pod
metadata: { name: bare }
spec: { containers: [{ name: web, image: "nginx:1" }] }
`;

Deno.test("the binary's policy: help, explain, render, exit codes", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, MANIFEST);
    const run = (...args: string[]) => runWrapper({ args });
    const help = await run("help", "policy");
    assert.match(help.stdout, /^cloudtaser-wrapper policy - /);
    assert.equal((await run("policy", "--help")).stdout, help.stdout);
    assert.equal((await run("policy", "explian")).code, 64);
    assert.equal((await run("policy", "explain", "/none")).code, 78);
    const refused = await run("policy", "explain", path);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /^Pod bare: refused\n.*\n.* container web /);
    const warned = await run("policy", "explain", "--mode=warn", path);
    assert.deepEqual([warned.code, warned.stderr], [0, ""]);
    const rendered = await run("policy", "render");
    assert.match(rendered.stdout, /^apiVersion: .*\nkind: Mutating[^]*\n$/);
    assert.ok(rendered.stdout.length > 50_000);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("POLICY.md: ask before you deploy", async () => {
  await using folder = await TemporaryFolder.make("policy");
  const cwd = folder.path;
  const [parameters = "", pod = ""] = MANIFEST.split("---\n");
  await Deno.writeTextFile(`${cwd}/cloudtaser.yaml`, parameters);
  await Deno.writeTextFile(
    `${cwd}/deployment.yaml`,
    pod.replace("nginx:1", "nginx:1, command: [nginx]").replaceAll('"', ""),
  );
  await Deno.writeTextFile(`${cwd}/all.yaml`, pod);
  await using shell = await PageShell.open({
    cwd,
    programs: { "cloudtaser-wrapper": WRAPPER },
  });
  const output = await shell.run(
    "docs/POLICY.md",
    "cloudtaser-wrapper policy explain --parameters",
    { codes: { "cloudtaser-wrapper policy explain --mode=deny": 1 } },
  );
  assert.match(output, /^Pod bare: accepted\n {2}would be injected like this:/);
  assert.match(output, /\nPod bare: refused\n/);
});
