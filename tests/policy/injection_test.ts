/** What injection does to pods, and what it leaves alone. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { policyFindings } from "../../src/policy/evaluate/findings.ts";
import { injectPod } from "../../src/policy/evaluate/inject.ts";
import { app, inject, judge, makePod, textsOf } from "./support/judge.ts";
import { makeParameters, PARAMETER_SETS } from "./support/parameter_sets.ts";
import { POD } from "./support/pods.ts";

const WRAPPER = "/cloudtaser/cloudtaser-wrapper";
const SETS = fc.constantFrom(...Object.values(PARAMETER_SETS));

interface Variable {
  readonly name: string;
  readonly value?: string;
}

function valueOf(container: { env: Variable[] }, name: string) {
  return container.env.find((one) => one.name === name)?.value;
}

Deno.test("injection is done once: a second time changes nothing", () => {
  fc.assert(
    fc.property(POD, SETS, (pod, parameters) => {
      const once = injectPod(pod, parameters);
      deepEqual(injectPod(once, parameters), once);
    }),
    { numRuns: 60 },
  );
});

Deno.test("injection keeps everything that a pod has, but for the start of commands", () => {
  fc.assert(
    fc.property(POD, SETS, (pod, parameters) => {
      // deno-lint-ignore no-explicit-any -- pods of the generator
      const [before, after] = [pod, injectPod(pod, parameters)] as any[];
      for (const kind of ["containers", "initContainers"]) {
        for (const own of before.spec[kind] ?? []) {
          const found = after.spec[kind].find((c: typeof own) =>
            c.name === own.name
          );
          for (const field of ["env", "volumeMounts", "ports"]) {
            const kept = own[field] ?? [];
            deepEqual((found[field] ?? []).slice(0, kept.length), kept);
          }
          const { command = [] } = own;
          if (command.length > 0) {
            deepEqual(found.command.slice(-command.length), command);
          }
          deepEqual(found.args, own.args);
          equal(found.image, own.image);
        }
      }
      const { volumes } = before.spec;
      deepEqual(after.spec.volumes.slice(0, volumes.length), volumes);
    }),
    { numRuns: 60 },
  );
});

Deno.test("an honest pod has no findings after injection", () => {
  const honest = fc.record({
    containers: fc.integer({ min: 1, max: 16 }),
    delivery: fc.constantFrom("copy", "image-volume"),
    agentSocket: fc.constantFrom("claim", "hostPath", "none"),
    interpose: fc.constantFrom("off", "auto", "require"),
    minimumScore: fc.integer({ min: 0, max: 75 }).map(String),
    vaultAudience: fc.constantFrom("", "vault"),
  });
  fc.assert(
    fc.property(honest, ({ containers, ...data }) => {
      const all = Array.from(
        { length: containers },
        (_, index) => app({ name: `app-${index}` }),
      );
      deepEqual(textsOf(judge(makePod(all), data)), []);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a container's own variables win, by their aliases too", () => {
  const env = [
    { name: "BAO_ADDR", value: "https://own" },
    { name: "CLOUDTASER_MIN_PROTECTION_SCORE", value: "70" },
    { name: "CLOUDTASER_LISTEN", value: "off" },
  ];
  const { of, pod } = inject(makePod([app({ env })]));
  equal(valueOf(of("app"), "VAULT_ADDR"), undefined);
  equal(valueOf(of("app"), "CLOUDTASER_MIN_PROTECTION_SCORE"), "70");
  equal(of("app").ports, undefined);
  deepEqual((pod.metadata as { annotations?: unknown }).annotations, {});
});

Deno.test("parameters become variables, mounts and volumes", () => {
  const { of, spec } = inject(
    makePod([app()], { serviceAccountName: "shop" }),
    {
      vaultCaConfigMap: "vault-ca",
      vaultAudience: "vault",
      vaultAuthMount: "auth/k8s",
      vaultNamespace: "team",
      requiredChecks: "mlock",
      interpose: "auto",
      minimumScore: "60",
    },
  );
  const value = (name: string) => valueOf(of("app"), name);
  equal(value("VAULT_AUTH_ROLE"), "shop");
  equal(value("VAULT_CACERT"), "/cloudtaser-vault/ca.crt");
  equal(value("VAULT_JWT_FILE"), "/cloudtaser-vault/token");
  equal(value("VAULT_AUTH_MOUNT_PATH"), "auth/k8s");
  equal(value("VAULT_NAMESPACE"), "team");
  equal(value("CLOUDTASER_REQUIRE_CHECKS"), "mlock");
  equal(value("CLOUDTASER_INTERPOSE"), "auto");
  equal(value("CLOUDTASER_MIN_PROTECTION_SCORE"), "60");
  deepEqual(
    spec.volumes.map(({ name }: Variable) => name),
    ["cloudtaser", "cloudtaser-agent", "cloudtaser-vault"],
  );
  deepEqual(spec.volumes[2].projected.sources, [
    {
      configMap: {
        name: "vault-ca",
        items: [{ key: "ca.crt", path: "ca.crt" }],
      },
    },
    {
      serviceAccountToken: {
        audience: "vault",
        expirationSeconds: 600,
        path: "token",
      },
    },
  ]);
});

Deno.test("an image volume needs no init container", () => {
  const { spec } = inject(makePod([app()]), { delivery: "image-volume" });
  equal(spec.initContainers, undefined);
  deepEqual(spec.volumes[0], {
    name: "cloudtaser",
    image: { reference: "registry.example.com/cloudtaser-wrapper:0.1.0" },
  });
});

Deno.test("each container has a status port of its own, and the pod lists them", () => {
  const { of, pod } = inject(
    makePod(
      [app(), { name: "bare", image: "x" }, app({ name: "c" })],
      {
        initContainers: [
          app({ name: "init" }),
          app({ name: "side", restartPolicy: "Always" }),
        ],
      },
      { "cloudtaser.io/inject-init-containers": "init,side" },
    ),
    { statusPort: "9000" },
  );
  const listen = ["app", "c", "init", "side"]
    .map((name) => valueOf(of(name), "CLOUDTASER_LISTEN"));
  deepEqual(listen, [":9000", ":9002", "off", ":9017"]);
  const { annotations, labels } = pod.metadata as Record<string, unknown>;
  deepEqual(annotations, {
    "cloudtaser.io/inject-init-containers": "init,side",
    "cloudtaser.io/status-port": "9000,9002,9017",
    "prometheus.io/scrape": "true",
    "prometheus.io/port": "9000",
  });
  deepEqual(labels, { "cloudtaser.io/protected": "true" });
});

Deno.test("a pod's own Prometheus annotations stay", () => {
  const own = { "prometheus.io/scrape": "true", "prometheus.io/port": "1" };
  const { pod } = inject(makePod([app()], {}, own));
  deepEqual((pod.metadata as Record<string, unknown>).annotations, {
    ...own,
    "cloudtaser.io/status-port": "8199",
  });
});

Deno.test("init containers come before the install container's copy only if annotated", () => {
  const pod = makePod([app()], { initContainers: [app({ name: "init" })] });
  const { spec, of } = inject(pod);
  deepEqual(
    spec.initContainers.map(({ name }: Variable) => name),
    ["cloudtaser-install", "init"],
  );
  deepEqual(of("init").command, ["/app"]);
});

Deno.test("probes and hooks stay as they are", () => {
  const own = {
    livenessProbe: { exec: { command: ["/check"] } },
    lifecycle: { postStart: { exec: { command: ["/started"] } } },
  };
  const { livenessProbe, lifecycle, command } = inject(makePod([app(own)])).of(
    "app",
  );
  deepEqual({ livenessProbe, lifecycle }, own);
  deepEqual(command, [WRAPPER, "--", "/app"]);
});

for (
  const [title, pod, data] of [
    ["without a command", makePod([{ name: "a", image: "x" }]), {}],
    ["with invalid parameters", makePod([app()]), { delivery: "magic" }],
    [
      "of more containers than fit",
      makePod(Array.from({ length: 17 }, (_, i) => app({ name: `a${i}` }))),
      {},
    ],
    [
      "that is exempt",
      makePod([app()], {}, { "cloudtaser.io/exempt": "x" }),
      { exemptions: "x default app:1" },
    ],
  ] as const
) {
  Deno.test(`a pod ${title} is not touched`, () => {
    deepEqual(inject(pod, data).pod, pod);
  });
}

Deno.test("an annotation alone exempts no pod", () => {
  const annotations = { "cloudtaser.io/inject": "false" };
  const { of } = inject(makePod([app()], {}, annotations));
  equal(of("app").command[0], WRAPPER);
});

Deno.test("mode caps literalSecrets; invalid parameters refuse", () => {
  const levels = (data: Record<string, string>) => {
    const parameters = makeParameters(data);
    const pod = injectPod(
      makePod([
        app({ env: [{ name: "A_PASSWORD", value: "x" }] }),
        { name: "bare", image: "x" },
      ]),
      parameters,
    );
    return policyFindings(pod, parameters)
      .filter(({ rule }) =>
        ["wrapped", "literals", "parameters"].includes(rule)
      )
      .map(({ rule, level }) => `${rule} ${level}`);
  };
  deepEqual(levels({}), ["wrapped warn", "literals warn"]);
  deepEqual(levels({ literalSecrets: "deny" }), [
    "wrapped warn",
    "literals warn",
  ]);
  deepEqual(levels({ literalSecrets: "audit" }), [
    "wrapped warn",
    "literals audit",
  ]);
  deepEqual(levels({ mode: "deny" }), ["wrapped deny", "literals warn"]);
  deepEqual(levels({ mode: "deny", literalSecrets: "deny" }), [
    "wrapped deny",
    "literals deny",
  ]);
  deepEqual(levels({ mode: "audit", literalSecrets: "deny" }), [
    "wrapped audit",
    "literals audit",
  ]);
  ok(levels({ mode: "loose" }).includes("parameters deny"));
});
