/** The command line of `status`. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "@/base/errors.ts";
import { parseStatusArgs } from "@/fleet/command/arguments.ts";
import { status } from "../status_run.ts";

const none = {
  pods: [],
  allNamespaces: false,
  format: "text",
  watch: false,
  policy: false,
  help: false,
};

Deno.test("parseStatusArgs() reads values after a space, attached, or after an equals sign", async () => {
  for (
    const words of [
      ["-n", "prod", "--min", "55"],
      ["-nprod", "--min=55"],
      ["-n=prod", "--min=55"],
      ["--namespace", "prod", "--min", "55"],
      ["--namespace=prod", "--min=055"],
    ]
  ) {
    assert.deepEqual(await parseStatusArgs(words), {
      ...none,
      namespace: "prod",
      minimum: 55,
    });
  }
  assert.deepEqual(
    await parseStatusArgs(["web-1", "-A", "-w", "-ojson"].slice(1)),
    { ...none, allNamespaces: true, watch: true, format: "json" },
  );
  assert.deepEqual(
    await parseStatusArgs(["pod/web-1", "-o", "wide", "--", "web-2"]),
    { ...none, format: "wide", pods: ["web-1", "web-2"] },
  );
  assert.deepEqual(
    await parseStatusArgs(["--policy", "-n", "prod", "-o=json"]),
    { ...none, policy: true, namespace: "prod", format: "json" },
  );
  const direct = await parseStatusArgs(["--url=http://a/?b=c"]);
  assert.equal(direct.url, "http://a/?b=c");
  assert.equal((await parseStatusArgs(["--pid", "7"])).pid, 7);
});

const WRONG: readonly [string, RegExp][] = [
  ["--nope", /Unknown option '--nope'; see status --help/],
  ["--outptu=json", /unknown flag --outptu: did you mean --output\?/],
  ["--watch=1", /Option '-w, --watch' does not take an argument/],
  ["-o xml", /--output is "xml": use text, wide, json, html/],
  ["-o", /Option '-o, --output <value>' argument missing/],
  ["--min=", /--min needs a value/],
  ["--min 106", /--min is "106": use a number from 0 to 105/],
  ["--min 5.5", /--min is "5.5"/],
  ["--pid 0", /--pid is "0"/],
  ["Web", /"Web" is not the name of a pod/],
  ["a/../../secrets/b", /is not the name of a pod/],
  ["-n ../x", /--namespace is "\.\.\/x": use a Kubernetes name/],
  ["--url http://a --pid 1", /exclude each other/],
  ["--url http://a web", /query one wrapper directly/],
  ["--pid 1 -A", /query one wrapper directly/],
  ["-A web", /-A queries all pods/],
  ["-A -n x", /-A queries all pods/],
  ["--watch -o html", /--watch supports/],
];

for (const [words, complaint] of WRONG) {
  Deno.test(`status ${words} is a usage error with exit status 64`, async () => {
    const { code, out, err } = await status(words.split(" "));
    assert.deepEqual({ code, out }, { code: 64, out: "" });
    assert.match(err, complaint);
    assert.match(err, /^cloudtaser-wrapper: [^\n]*\n$/);
  });
}

Deno.test("status --help fits a screen", async () => {
  const { code, out } = await status(["web", "-h"]);
  assert.equal(code, 0);
  const lines = out.trimEnd().split("\n");
  assert.ok(lines.length <= 24, String(lines.length));
  assert.ok(lines.every((line) => line.length <= 80));
});

Deno.test("parseStatusArgs() returns options or throws UsageError, for any words", async () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom("-n", "-o", "--min", "-A", "--", "--url", "web", "json"),
  );
  await fc.assert(fc.asyncProperty(fc.array(word), async (words) => {
    try {
      const { pods, namespace = "a" } = await parseStatusArgs(words);
      for (const name of [...pods, namespace]) {
        assert.equal(encodeURIComponent(name), name);
      }
    } catch (error) {
      assert.ok(error instanceof UsageError, String(error));
    }
  }));
});
