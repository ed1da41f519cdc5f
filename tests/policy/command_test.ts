/** `policy`: its command line, texts and exit codes. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { POLICY_HELP } from "../../src/policy/command/help.ts";
import { ConfigError } from "../../src/base/errors.ts";
import { STANDARD_STREAMS } from "../../src/policy/command/streams.ts";
import { run } from "./support/command.ts";

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
  [["explian"], {}, 64, /policy has no task "explian": did you mean explain\?/],
  [["lint"], {}, 64, /has no task "lint": use explain, render, parameters, or/],
  [["--mode=deny"], {}, 64, /policy needs a task: use explain, render/],
  [["explain", "a", "b"], {}, 64, /does not accept "b"/],
  [["render", "a"], {}, 64, /does not accept "a"/],
  [["render", "--mode=deny"], {}, 64, /policy render has no --mode/],
  [["explain", "--half=mutating"], {}, 64, /has no --half=mutating: use val/],
  [["explain", "--anchor"], {}, 64, /policy explain has no --anchor/],
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

/** A template as Kubernetes' documentation has it for a Job. */
const TEMPLATE = (container: string) =>
  `kind: Job\nmetadata: { name: pi }\nspec: { template: { spec: { containers: [${container}], restartPolicy: Never } } }\n`;

Deno.test("policy explain: a template without metadata", async () => {
  const files = { f: `${MAP}---\n${TEMPLATE(GOOD)}` };
  const { code, out, err } = await run(["explain", "f"], files);
  deepEqual([code, err], [0, ""]);
  match(out, /^Job pi: accepted\n/);
  match(out, /\+ +cloudtaser.io\/protected: 'true'\n/);
});

Deno.test("policy explain judges what the API server stores: no empty lists, serviceAccount", async () => {
  const command = "command: [/cloudtaser/cloudtaser-wrapper, --], args: []";
  const bare = await run(["explain", "f"], {
    f: `${MAP}---\n${
      workload("Pod", `{ name: web, image: "app:1", ${command} }`)
    }`,
  });
  equal(bare.code, 1, bare.out);
  match(bare.out, /without an application/);
  const old = await run(["explain", "f"], {
    f: `${MAP}---\nkind: Pod\nspec: { serviceAccount: metrics, containers: [${GOOD}] }\n`,
  });
  match(old.out, /name: VAULT_AUTH_ROLE\n +\+ +value: metrics\n/);
});

Deno.test("policy explain shows no values of variables, but references", async () => {
  const variables =
    `{ name: A, value: vault:a#b }, { name: B, value: "\${vault:a#b}HUNTER2" }, { name: DB_PASSWORD, value: HUNTER2 }`;
  const container =
    `{ name: web, image: "app:1", command: [/app, --db-password=HUNTER2, hvs.HUNTER2], args: [--level=1], env: [${variables}] }`;
  const pods = workload("Pod", container)
    .replace("name: a", "name: a, annotations: { token: HUNTER2 }");
  const files = { f: `${MAP}---\n${pods}` };
  const text = await run(["explain", "f"], files);
  const json = await run(["explain", "-o", "json", "f"], files);
  for (const { code, out } of [text, json]) {
    equal(code, 0);
    ok(!out.includes("HUNTER2"), out);
    match(out, /value that looks like a secret in DB_PASSWORD/);
  }
  const [{ pod }] = JSON.parse(json.out);
  deepEqual(
    pod.spec.containers[0].env.slice(0, 3)
      .map(({ value }: { value: string }) => value),
    ["vault:a#b", "***", "***"],
  );
  deepEqual(pod.spec.containers[0].command.slice(2), [
    "/app",
    "--db-password=***",
    "***",
  ]);
  deepEqual(pod.spec.containers[0].args, ["--level=***"]);
  equal(pod.metadata.annotations.token, "***");
});

Deno.test("policy explain says what it cannot judge", async () => {
  const items = JSON.stringify({
    kind: "PodList",
    items: [{ metadata: { name: "listed" }, spec: { containers: [{}] } }]
      .map(({ metadata }) => ({
        metadata,
        spec: { containers: [{ name: "x", image: "y", command: ["/z"] }] },
      })),
  });
  const odd = [
    "kind: pod\nmetadata: { name: small }",
    "kind: Deployment\nmetadata: { name: typo }\nspec: { template: { spec: { container: [] } } }",
    "kind: Workflow\nmetadata: { name: argo }\nspec: { templates: [{ container: { image: x } }] }",
    "kind: Service\nmetadata: { name: s }",
  ];
  const f = [MAP, items, ...odd].join("\n---\n");
  const { code, out, err } = await run(["explain", "f"], { f });
  equal(code, 0, err);
  match(out, /^Pod listed: accepted\n/);
  equal(
    err,
    ["pod small", "Deployment typo", "Workflow argo"]
      .map((title) => `cloudtaser-wrapper: not judged: ${title}\n`).join(""),
  );
});

for (
  const [title, text] of [
    [
      "aliases that multiply",
      "a: &a [x,x,x,x,x,x,x,x,x]\n" +
      [..."bcdefghi"].map((name, index) =>
        `${name}: &${name} [${
          Array(9).fill(`*${"abcdefgh"[index]}`).join(",")
        }]\n`
      ).join(""),
    ],
    ["an alias of itself", "a: &a { b: *a }\n"],
  ] as const
) {
  Deno.test(`policy explain ends with 78: ${title}`, async () => {
    const { code, err } = await run(["explain", "f"], { f: text });
    equal(code, 78, err);
    match(err, /^cloudtaser-wrapper: f is too large or too deep: use fewer/);
  });
}

Deno.test("policy explain: no control characters of a manifest reach the terminal", async () => {
  const pod = {
    kind: "Pod",
    metadata: { name: "a", annotations: { "cloudtaser.io/exempt": "x\n- y" } },
    spec: {
      containers: [{ name: "c\u001b[31m\u202e\nrefused", image: "a:1" }],
    },
  };
  const f = `${MAP}---\n${JSON.stringify(pod)}`;
  for (const more of [[], ["-o", "json"]]) {
    const { code, out } = await run(["explain", ...more, "f"], { f });
    equal(code, 1);
    // deno-lint-ignore no-control-regex -- what must not be there
    ok(!/[\u001b\u202e]/.test(out), JSON.stringify(out));
    ok(!/^ *(?:- y|refused)/m.test(out), out);
  }
});
