/** `policy`: its command line, texts and exit codes. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { runPolicy } from "../../src/policy/command/policy.ts";
import { POLICY_HELP } from "../../src/policy/command/help.ts";
import { ConfigError } from "../../src/base/errors.ts";
import { STANDARD_STREAMS } from "../../src/policy/command/streams.ts";

const MAP = `apiVersion: v1
kind: ConfigMap
metadata: { name: cloudtaser }
data: { image: "r/w:1", vaultAddr: "https://vault:8200", mode: deny }
`;
const template = (container: string) =>
  `{ metadata: { labels: { app: a } }, spec: { containers: [${container}] } }`;
const GOOD = '{ name: web, image: "app:1", command: [/app] }';
const BARE = '{ name: web, image: "app:1" }';
const workload = (kind: string, container: string) =>
  kind === "Pod"
    ? `kind: Pod\nmetadata: { name: a }\nspec: { containers: [${container}] }\n`
    : kind === "CronJob"
    ? `kind: CronJob\nmetadata: { name: a, namespace: shop }\nspec: { jobTemplate: { spec: { template: ${
      template(container)
    } } } }\n`
    : `kind: ${kind}\nmetadata: { name: a }\nspec: { template: ${
      template(container)
    } }\n`;

async function run(
  words: readonly string[],
  files: Readonly<Record<string, string>> = {},
) {
  let [out, err] = ["", ""];
  const code = await runPolicy(words, {
    read: (path) => {
      const text = files[path];
      return text === undefined
        ? Promise.reject(new ConfigError(`Cannot read ${path}`))
        : Promise.resolve(text);
    },
    write: (text) => Promise.resolve(void (out += text)),
    complain: (text) => Promise.resolve(void (err += text)),
  });
  return { code, out, err };
}

const KINDS = [
  "Pod",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "Rollout",
];
for (const kind of KINDS) {
  Deno.test(`policy explain: ${kind}, accepted and refused`, async () => {
    const good = await run(["explain", "-p", "map", "file"], {
      map: MAP,
      file: workload(kind, GOOD),
    });
    deepEqual([good.code, good.err], [0, ""]);
    match(good.out, new RegExp(`^${kind} (shop/)?a: accepted\n`));
    match(good.out, /would be injected like this:\n {4}@@/);
    match(good.out, /\n {4}\+ +- \/cloudtaser\/cloudtaser-wrapper\n/);
    const bare = await run(["explain", "--parameters=map"], {
      map: MAP,
      "-": workload(kind, BARE),
    });
    equal(bare.code, 1);
    match(
      bare.out,
      /: refused\n {2}would be refused because:\n {4}- container web/,
    );
    match(bare.out, /would not be injected/);
    equal(bare.err, "cloudtaser-wrapper: 1 of 1 would be refused\n");
  });
}

Deno.test("policy explain: several documents, a List, and the ConfigMap beside them", async () => {
  const list = JSON.stringify({
    kind: "List",
    items: [{
      kind: "Pod",
      metadata: { name: "in-list" },
      spec: { containers: [{ name: "x", image: "y", command: ["/z"] }] },
    }, { kind: "Service", metadata: { name: "s" } }],
  });
  const text = [MAP, workload("Deployment", BARE), list, ""].join("\n---\n");
  const { code, out } = await run(["explain", "all"], { all: text });
  equal(code, 1);
  match(out, /Deployment a: refused\n[^]*\nPod in-list: accepted\n/);
});

Deno.test("policy explain --mode: warnings become refusals, and the reverse", async () => {
  const files = { f: `${MAP}---\n${workload("Pod", BARE)}` };
  const warned = await run(["explain", "--mode=warn", "f"], files);
  equal(warned.code, 0);
  match(
    warned.out,
    /accepted\n {2}would be accepted with these warnings:\n {4}- /,
  );
  equal((await run(["explain", "--mode", "deny", "f"], files)).code, 1);
  match(
    (await run(["explain", "--mode=audit", "f"], files)).out,
    /the audit log would have:/,
  );
});

Deno.test("policy explain -o json: findings and the injected pod", async () => {
  const files = { f: `${MAP}---\n${workload("Job", GOOD)}` };
  const { code, out } = await run(["explain", "-o", "json", "f"], files);
  equal(code, 0);
  const [job] = JSON.parse(out);
  deepEqual(Object.keys(job), ["title", "refused", "findings", "pod"]);
  equal(job.pod.spec.initContainers[0].name, "cloudtaser-install");
});

/** Arguments, files, the exit code, and what standard error says. */
const MISTAKES: readonly (readonly [
  string[],
  Record<string, string>,
  number,
  RegExp,
])[] = [
  [["explian"], {}, 64, /policy needs explain, render, parameters/],
  [["--mode=deny"], {}, 64, /policy needs explain/],
  [["explain", "a", "b"], {}, 64, /does not accept "b"/],
  [["render", "a"], {}, 64, /does not accept "a"/],
  [["render", "--mode=deny"], {}, 64, /policy render has no --mode/],
  [["explain", "--half=both"], {}, 64, /policy explain has no --half/],
  [["explain", "--parameter=x"], {}, 64, /did you mean --parameters\?/],
  [["explain", "--mode=loose"], {}, 64, /use audit, warn, deny/],
  [
    ["explain", "f"],
    { f: workload("Pod", GOOD) },
    78,
    /No parameters: use --par/,
  ],
  [
    ["explain", "-p", "m"],
    { m: "kind: Pod", "-": "" },
    78,
    /m has no ConfigMap/,
  ],
  [["explain", "f"], { f: MAP }, 78, /f has no pods/],
  [["explain"], { "-": "a: [" }, 78, /Standard input is not YAML at line 1/],
  [["explain", "none"], {}, 78, /Cannot read none/],
  [
    ["explain"],
    { "-": `${MAP}---\n${workload("Pod", "{ name: web }")}` },
    78,
    /Pod a: spec.containers\[0\].image is missing: add it/,
  ],
  [
    ["explain"],
    {
      "-": `${MAP}---\n${
        workload("Pod", "{ name: w, image: i, env: [{ name: A, value: 1 }] }")
      }`,
    },
    78,
    /spec.containers\[0\].env\[0\].value is not valid: use text; quote numbers/,
  ],
  [
    ["explain"],
    {
      "-":
        `${MAP}---\nkind: Job\nspec: { template: { spec: { containers: [] } } }`,
    },
    78,
    /Job without name: spec.containers is not valid: use a list/,
  ],
  [
    ["explain"],
    {
      "-": MAP.replace("mode", "minimumScor") + `---\n${workload("Pod", GOOD)}`,
    },
    78,
    /parameter minimumScor is unknown; .*did you mean minimumScore\?/,
  ],
  [
    ["explain"],
    { "-": MAP.replace('"r/w:1"', "1") + `---\n${workload("Pod", GOOD)}` },
    78,
    /ConfigMap cloudtaser: data.image is not valid: use text/,
  ],
];

for (const [words, files, code, text] of MISTAKES) {
  Deno.test(`policy ${words.join(" ")} exits with ${code}: ${text.source}`, async () => {
    const { out, ...result } = await run(words, files);
    deepEqual([out, result.code], ["", code]);
    match(result.err, text);
    match(result.err, /^cloudtaser-wrapper: [^\n]+\n$/);
  });
}

Deno.test("no message of a wrong manifest quotes its values", async () => {
  const text = `${MAP}---\n${
    workload(
      "Pod",
      "{ name: w, image: i, env: [{ name: A, value: [hunter2] }] }",
    )
  }`;
  const { err } = await run(["explain"], { "-": text });
  ok(!err.includes("hunter2"), err);
});

Deno.test("policy --help fits a screen, and lists what there is", async () => {
  for (const words of [[], ["--help"], ["explain", "-h"]]) {
    deepEqual(await run(words), { code: 0, out: POLICY_HELP, err: "" });
  }
  const lines = POLICY_HELP.trimEnd().split("\n");
  ok(lines.length <= 24, `${lines.length} lines`);
  for (const line of lines) ok(line.length <= 80, line);
});

Deno.test("policy render and parameters print", async () => {
  match((await run(["render"])).out, /kind: MutatingAdmissionPolicy\n/);
  const validating = (await run(["render", "--half=validating"])).out;
  match(validating, /kind: ValidatingAdmissionPolicy\n/);
  ok(!validating.includes("Mutating"));
  match((await run(["parameters"])).out, /^image \(required\)\n {4}image of/);
});

Deno.test("policy explain reads files, and says why it cannot", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "text");
    equal(await STANDARD_STREAMS.read(path), "text");
  } finally {
    await Deno.remove(path);
  }
  for (const [file, why] of [[path, "it does not exist"], ["/dev/null", ""]]) {
    const error = await Promise.resolve().then(() =>
      STANDARD_STREAMS.read(file ?? "")
    ).catch((error) => error);
    ok(error instanceof ConfigError);
    ok(error.message.startsWith(`Cannot read ${file}: ${why}`), error.message);
  }
});
