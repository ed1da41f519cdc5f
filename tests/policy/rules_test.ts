/** Every rule: a pod that it accepts, and pods that it refuses, in words that name container, setting and remedy. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { RULES } from "../../src/policy/rules/rules.ts";
import { app, judge, judgeAsIs, makePod, textsOf } from "./support/judge.ts";
import type { KubernetesObject } from "../../src/policy/evaluate/inject.ts";

interface Case {
  readonly rule: string;
  readonly title: string;
  readonly pod: KubernetesObject;
  /** The pod as it is, on a cluster that does not inject. */
  readonly asIs?: true;
  readonly data?: Readonly<Record<string, string>>;
  /** Texts of this rule's findings; none: accepted. */
  readonly texts: readonly RegExp[];
}

const env = (...variables: readonly (readonly [string, string])[]) => ({
  env: variables.map(([name, value]) => ({ name, value })),
});
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => app({ name: `app-${i}` }));
const volume = (more: Readonly<Record<string, unknown>>) =>
  makePod([app()], { volumes: [{ name: "v", ...more }] });
const CLAIM = { claimName: "cloudtaser-agent", readOnly: true };
const WRAPPED = ["/cloudtaser/cloudtaser-wrapper", "--", "/app"];
const MOUNT = { name: "cloudtaser", mountPath: "/cloudtaser", readOnly: true };
const INSTALL = {
  name: "cloudtaser-install",
  image: "registry.example.com/cloudtaser-wrapper:0.1.0",
  command: ["/cloudtaser-wrapper", "install", "/cloudtaser"],
  volumeMounts: [{ name: "cloudtaser", mountPath: "/cloudtaser" }],
};
const EXEMPT = {
  exemptions: "exporter metrics registry.example.com/exporter:*",
};
const exporter = (image: string, serviceAccountName: string) =>
  makePod([{ name: "app", image }], { serviceAccountName }, {
    "cloudtaser.io/exempt": "exporter",
  });

const exec = { exec: { command: WRAPPED } };
const NESTED:
  readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["behind the wrapper", { command: [...WRAPPED, ...WRAPPED] }],
    ["behind env", { command: ["env", "A=vault:x#y", ...WRAPPED] }],
    ["as an argument", { args: WRAPPED }],
    ["as a variable", {
      command: ["$(X)"],
      env: [{ name: "X", value: "/cloudtaser/cloudtaser-wrapper" }],
    }],
    ["as a probe", { livenessProbe: exec }],
    ["as a readiness probe", { readinessProbe: exec }],
    ["as a startup probe", { startupProbe: exec }],
    ["after the start", { lifecycle: { postStart: exec } }],
    ["before the end", { lifecycle: { preStop: exec } }],
  ];

const CASES: readonly Case[] = [
  {
    rule: "parameters",
    title: "valid ones",
    pod: makePod([app()]),
    texts: [],
  },
  {
    rule: "parameters",
    title: "an unknown key and an invalid value",
    pod: makePod([app()]),
    data: { minimumScor: "55", mode: "enforce" },
    texts: [
      /ConfigMap cloudtaser: parameter minimumScor is unknown; known: image, vaultAddr/,
      /parameter mode is not valid: use audit, warn or deny$/,
    ],
  },
  {
    rule: "tooMany",
    title: "sixteen containers",
    pod: makePod(many(16)),
    texts: [],
  },
  {
    rule: "tooMany",
    title: "seventeen containers",
    pod: makePod(many(17)),
    texts: [/^the pod has 17 containers and 0 init containers, at most 16/],
  },
  {
    rule: "exempted",
    title: "as the parameters list it",
    pod: exporter("registry.example.com/exporter:1", "metrics"),
    data: EXEMPT,
    texts: [],
  },
  {
    rule: "exempted",
    title: "another service account",
    pod: exporter("registry.example.com/exporter:1", "default"),
    data: EXEMPT,
    texts: [
      /names exporter, .* service account default .* add it to parameter/,
    ],
  },
  {
    rule: "exempted",
    title: "another image",
    pod: exporter("registry.example.com/exporter-evil:1", "metrics"),
    data: EXEMPT,
    texts: [/is not an exemption/],
  },
  {
    rule: "exempted",
    title: "no exemptions",
    pod: exporter("registry.example.com/exporter:1", "metrics"),
    texts: [/is not an exemption/],
  },
  {
    rule: "initNames",
    title: "one that exists",
    pod: makePod([app()], { initContainers: [app({ name: "init" })] }, {
      "cloudtaser.io/inject-init-containers": " init ",
    }),
    texts: [],
  },
  {
    rule: "initNames",
    title: "one that does not",
    pod: makePod([app()], {}, { "cloudtaser.io/inject-init-containers": "x" }),
    texts: [/names x, which is not an init container .* correct or remove/],
  },
  { rule: "wrapped", title: "a command", pod: makePod([app()]), texts: [] },
  {
    rule: "wrapped",
    title: "no command: how to find it",
    pod: makePod([{ name: "web", image: "nginx:1" }]),
    texts: [
      /^container web .* no command.*set command .*: crane config nginx:1 \| jq .config$/,
    ],
  },
  {
    rule: "wrapped",
    title: "without injection",
    asIs: true,
    pod: makePod([app()]),
    texts: [/begin its command with \/cloudtaser\/cloudtaser-wrapper and --$/],
  },
  ...NESTED.map(([title, own]) => ({
    rule: "nested",
    title,
    pod: makePod([app(own)]),
    texts: [/^container app starts cloudtaser-wrapper by .* remove it there/],
  })),
  {
    rule: "nested",
    title: "in an init container that is not injected",
    pod: makePod([app()], {
      initContainers: [app({ name: "i", command: ["env", ...WRAPPED] })],
    }),
    texts: [/^container i starts/],
  },
  {
    rule: "nested",
    title:
      "its own wrapper as the injected one, words that only contain the name",
    pod: makePod([app({
      command: WRAPPED,
      args: ["--image=registry/cloudtaser-wrapper:1"],
      env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "x" } } }],
      livenessProbe: { exec: { command: ["/check"] } },
      readinessProbe: { httpGet: { path: "/", port: 1 } },
      lifecycle: { preStop: { sleep: { seconds: 1 } } },
    })], { initContainers: [INSTALL] }),
    texts: [],
  },
  {
    rule: "realWrapper",
    title: "the injected mount",
    pod: makePod([app()]),
    texts: [],
  },
  {
    rule: "realWrapper",
    title: "no mount",
    asIs: true,
    pod: makePod([app({ command: WRAPPED })]),
    texts: [/^container app: .* is not the injected file; mount volume/],
  },
  {
    rule: "reservedPaths",
    title: "other directories",
    pod: makePod([app({
      volumeMounts: [
        { name: "v", mountPath: "/data" },
        { name: "w", mountPath: "/etc/app/" },
        { name: "x", mountPath: "/cloudtaser2/.hidden" },
      ],
    })]),
    texts: [],
  },
  {
    rule: "reservedPaths",
    title: "a reserved one and a device",
    pod: makePod([app({
      volumeMounts: [{ name: "v", mountPath: "/cloudtaser-agent" }],
      volumeDevices: [{ name: "d", devicePath: "/cloudtaser/x" }],
    })]),
    texts: [/^container app mounts \/cloudtaser-agent, \/cloudtaser\/x: use/],
  },
  {
    rule: "readOnlyAgent",
    title: "the claim, read-only",
    pod: makePod([
      app({ volumeMounts: [{ name: "a", mountPath: "/a", readOnly: true }] }),
    ], { volumes: [{ name: "a", persistentVolumeClaim: CLAIM }] }),
    texts: [],
  },
  {
    rule: "readOnlyAgent",
    title: "another name, mounted for writing",
    pod: makePod([app()], {
      initContainers: [
        app({ name: "i", volumeMounts: [{ name: "a", mountPath: "/a" }] }),
      ],
      volumes: [{ name: "a", persistentVolumeClaim: CLAIM }],
    }),
    texts: [/^container i can write to the directory of the agent/],
  },
  {
    rule: "readOnlyAgent",
    title: "the injected names, for writing",
    pod: makePod([
      app({
        volumeMounts: [{
          name: "cloudtaser-agent",
          mountPath: "/cloudtaser-agent",
        }],
      }),
    ], {
      volumes: [{
        name: "cloudtaser-agent",
        persistentVolumeClaim: { claimName: "cloudtaser-agent" },
      }],
    }),
    texts: [
      /^container app can write to the directory of the agent/,
      /^volume cloudtaser-agent is the claim cloudtaser-agent: set its readOnly/,
    ],
  },
  {
    rule: "fixedSettings",
    title: "the agent's user in a user namespace",
    pod: makePod([app(env(["CLOUDTASER_AGENT_UID", "65534"]))], {
      hostUsers: false,
    }),
    texts: [],
  },
  {
    rule: "unseenSettings",
    title: "the agent's user in a user namespace",
    pod: makePod([app({ envFrom: [{ secretRef: { name: "x" } }] })], {
      hostUsers: false,
    }),
    texts: [/envFrom could set CLOUDTASER_AGENT_UID,/],
  },
  {
    rule: "readOnlyWrapper",
    title: "read-only in another container",
    pod: makePod([app()], {
      initContainers: [app({ name: "look", volumeMounts: [MOUNT] })],
    }),
    texts: [],
  },
  {
    rule: "readOnlyWrapper",
    title: "an init container that could overwrite the wrapper",
    pod: makePod([app()], {
      initContainers: [
        app({
          name: "evil",
          volumeMounts: [{ name: "cloudtaser", mountPath: "/x" }],
        }),
      ],
    }),
    texts: [/^container evil can write to volume cloudtaser.*readOnly$/],
  },
  {
    rule: "realVolumes",
    title: "the injected ones",
    pod: makePod([app()]),
    texts: [],
  },
  {
    rule: "realVolumes",
    title: "a volume of that name",
    pod: makePod([app()], {
      volumes: [{ name: "cloudtaser", configMap: { name: "fake" } }, {
        name: "cloudtaser-agent",
        emptyDir: {},
      }, { name: "cloudtaser-vault", emptyDir: {} }],
    }),
    texts: [
      /^volume cloudtaser is not/,
      /^volume cloudtaser-agent is not/,
      /^volume cloudtaser-vault is not/,
    ],
  },
  {
    rule: "realInstall",
    title: "the injected one, with resources of a LimitRange",
    pod: makePod([app()], {
      initContainers: [{ ...INSTALL, resources: { limits: { cpu: "2" } } }],
    }),
    texts: [],
  },
  {
    rule: "realInstall",
    title: "another image",
    pod: makePod([app()], {
      initContainers: [{ ...INSTALL, image: "evil:1" }],
    }),
    texts: [/^init container cloudtaser-install is not the injected one/],
  },
  {
    rule: "realInstall",
    title: "behind another one",
    pod: makePod([app()], { initContainers: [app({ name: "a" }), INSTALL] }),
    texts: [/must come first/],
  },
  { rule: "installed", title: "injected", pod: makePod([app()]), texts: [] },
  {
    rule: "installed",
    title: "no install container",
    asIs: true,
    pod: makePod([app({ command: WRAPPED })]),
    texts: [/no init container cloudtaser-install: take it from/],
  },
  {
    rule: "lowMinimum",
    title: "a higher minimum",
    pod: makePod([app(env(["CLOUDTASER_MIN_PROTECTION_SCORE", "75"]))]),
    texts: [],
  },
  {
    rule: "lowMinimum",
    title: "a lower one",
    pod: makePod([app(env(["CLOUDTASER_MIN_PROTECTION_SCORE", "54"]))]),
    texts: [
      /^container app: CLOUDTASER_MIN_PROTECTION_SCORE is "54", .* at least 55; remove it/,
    ],
  },
  {
    rule: "lowMinimum",
    title: "a high one, then a low one",
    pod: makePod([
      app(env(
        ["CLOUDTASER_MIN_PROTECTION_SCORE", "75"],
        ["CLOUDTASER_MIN_PROTECTION_SCORE", "0"],
      )),
    ]),
    texts: [/is "0"/],
  },
  {
    rule: "lowMinimum",
    title: "by a reference",
    pod: makePod([app({
      env: [{
        name: "CLOUDTASER_MIN_PROTECTION_SCORE",
        valueFrom: { configMapKeyRef: { name: "x", key: "y" } },
      }],
    })]),
    texts: [/comes from a reference that the API server cannot see/],
  },
  ...["", "hunter2\n- forged", "075x", "-1", "$(X)", "7e1", " 75"].map((
    value,
  ) => ({
    rule: "lowMinimum",
    title: JSON.stringify(value),
    pod: makePod([app(env(["CLOUDTASER_MIN_PROTECTION_SCORE", value]))]),
    texts: [/ is not a number, .* at least 55/],
  })),
  {
    rule: "lowMinimum",
    title: "not set, without injection",
    asIs: true,
    pod: makePod([app({ command: WRAPPED })]),
    texts: [/is not set; set it to at least 55$/],
  },
  {
    rule: "lackingChecks",
    title: "more checks, with blanks",
    pod: makePod([
      app(env(["CLOUDTASER_REQUIRE_CHECKS", "mlock, memfd_secret"])),
    ]),
    data: { requiredChecks: "memfd_secret" },
    texts: [],
  },
  {
    rule: "lackingChecks",
    title: "one is missing",
    pod: makePod([app(env(["CLOUDTASER_REQUIRE_CHECKS", "memfd_secret_"]))]),
    data: { requiredChecks: "memfd_secret,mlock" },
    texts: [/CLOUDTASER_REQUIRE_CHECKS lacks memfd_secret, mlock,/],
  },
  {
    rule: "lackingChecks",
    title: "not set, without injection",
    asIs: true,
    pod: makePod([app({ command: WRAPPED })]),
    data: { requiredChecks: "mlock" },
    texts: [/lacks mlock/],
  },
  {
    rule: "fixedSettings",
    title: "their injected values",
    pod: makePod([app(env(["VAULT_SKIP_VERIFY", "false"]))]),
    texts: [],
  },
  {
    rule: "fixedSettings",
    title: "weaker ones",
    pod: makePod([app(env(
      ["CLOUDTASER_SCORE_CHECKS", "all"],
      ["CLOUDTASER_AGENT_SOCKET", "/tmp/agent.sock"],
      ["CLOUDTASER_AGENT_UID", "1000"],
      ["BAO_SKIP_VERIFY", "true"],
    ))]),
    texts: [
      /^container app sets CLOUDTASER_SCORE_CHECKS, CLOUDTASER_AGENT_SOCKET, CLOUDTASER_AGENT_UID, BAO_SKIP_VERIFY: remove it/,
    ],
  },
  ...["https://other:8200", "unix:///run/proxy.sock"].map((value) => ({
    rule: "encryption",
    title: value,
    pod: makePod([app(env(["VAULT_ADDR", value]))]),
    texts: [],
  })),
  {
    rule: "encryption",
    title: "http where the namespace has it",
    pod: makePod([app(env(["VAULT_ADDR", "http://other:8200"]))]),
    data: { vaultAddr: "http://vault:8200" },
    texts: [],
  },
  ...[
    ["VAULT_ADDR", "http://other:8200"],
    ["BAO_ADDR", "http://other:8200"],
    ["BAO_ADDR", "other:8200"],
    ["VAULT_ADDR", "https://a,http://b"],
    ["VAULT_ADDR", "$(X)"],
  ].map(([name = "", value = ""]) => ({
    rule: "encryption",
    title: `${name}=${value}`,
    pod: makePod([app(env([name, value]))]),
    texts: [/^container app: VAULT_ADDR .* must be https:.* remove it/],
  })),
  {
    rule: "encryption",
    title: "by a reference",
    pod: makePod([app({
      env: [{
        name: "VAULT_ADDR",
        valueFrom: { configMapKeyRef: { name: "x", key: "y" } },
      }],
    })]),
    texts: [/must be https:/],
  },
  {
    rule: "unseenSettings",
    title: "injection sets them",
    pod: makePod([app({ envFrom: [{ secretRef: { name: "x" } }] })]),
    texts: [],
  },
  {
    rule: "unseenSettings",
    title: "without injection",
    asIs: true,
    pod: makePod([
      app({ command: WRAPPED, envFrom: [{ secretRef: { name: "x" } }] }),
    ]),
    texts: [
      /envFrom could set CLOUDTASER_SCORE_CHECKS, CLOUDTASER_AGENT_SOCKET, CLOUDTASER_AGENT_UID, VAULT_SKIP_VERIFY/,
    ],
  },
  {
    rule: "fixedSettings",
    title: "one by a reference",
    pod: makePod([app({
      env: [{
        name: "VAULT_SKIP_VERIFY",
        valueFrom: { configMapKeyRef: { name: "x", key: "y" } },
      }],
    })]),
    texts: [/sets VAULT_SKIP_VERIFY: remove it/],
  },
  {
    rule: "literals",
    title: "a dot of a pattern is a dot",
    pod: makePod([app(env(["AxB", "hunter2"]))]),
    data: { secretPatterns: "A.B" },
    texts: [],
  },
  {
    rule: "literals",
    title: "a pattern with a dot",
    pod: makePod([app(env(["A.B", "hunter2"]))]),
    data: { secretPatterns: "A.B" },
    texts: [/ in A.B: use/],
  },
  {
    rule: "interposition",
    title: "a stricter one",
    pod: makePod([app(env(["CLOUDTASER_INTERPOSE", "require"]))]),
    data: { interpose: "auto" },
    texts: [],
  },
  {
    rule: "interposition",
    title: "off",
    pod: makePod([app(env(["CLOUDTASER_INTERPOSE", "off"]))]),
    data: { interpose: "auto" },
    texts: [/CLOUDTASER_INTERPOSE must be auto; remove it/],
  },
  {
    rule: "interposition",
    title: "auto where require is wanted",
    pod: makePod([app(env(["CLOUDTASER_INTERPOSE", "auto"]))]),
    data: { interpose: "require" },
    texts: [/must be require/],
  },
  {
    rule: "hostProcesses",
    title: "not set",
    pod: makePod([app()], { hostPID: false }),
    texts: [],
  },
  {
    rule: "hostProcesses",
    title: "hostPID",
    pod: makePod([app()], { hostPID: true }),
    texts: [/^the pod has hostPID.*remove it$/],
  },
  {
    rule: "sharedProcesses",
    title: "all are wrapped, and the agent is required",
    pod: makePod([app(), app({ name: "b" })], { shareProcessNamespace: true }),
    data: { requiredChecks: "mlock,ebpf_connected" },
    texts: [],
  },
  {
    rule: "sharedProcesses",
    title: "a single container",
    pod: makePod([app()], { shareProcessNamespace: true }),
    texts: [],
  },
  {
    rule: "sharedProcesses",
    title: "all are wrapped, without the agent",
    pod: makePod([app(), app({ name: "b" })], { shareProcessNamespace: true }),
    texts: [/container app could read/, /container b could .* ebpf_connected$/],
  },
  {
    rule: "sharedProcesses",
    title: "an unprotected sidecar",
    pod: makePod([app()], {
      shareProcessNamespace: true,
      initContainers: [app({ name: "side", restartPolicy: "Always" })],
    }),
    data: { requiredChecks: "ebpf_connected" },
    texts: [/shareProcessNamespace, and container side/],
  },
  {
    rule: "capabilities",
    title: "harmless ones",
    pod: makePod([app({
      securityContext: {
        privileged: false,
        procMount: "Default",
        capabilities: { add: ["NET_BIND_SERVICE", "IPC_LOCK"], drop: ["ALL"] },
      },
    })]),
    texts: [],
  },
  ...[
    "SYS_PTRACE",
    "SYS_ADMIN",
    "BPF",
    "PERFMON",
    "SYS_MODULE",
    "SYS_RAWIO",
    "ALL",
    "SYS_BOOT",
    "CHECKPOINT_RESTORE",
    "DAC_READ_SEARCH",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "SYSLOG",
    "cap_sys_ptrace",
    "all",
  ].map((name) => ({
    rule: "capabilities",
    title: name,
    pod: makePod([app({ securityContext: { capabilities: { add: [name] } } })]),
    texts: [new RegExp(`^container app has ${name}, .* securityContext$`)],
  })),
  {
    rule: "capabilities",
    title: "privileged, in an init container",
    pod: makePod([app()], {
      initContainers: [
        app({
          name: "init",
          securityContext: { privileged: true, procMount: "Unmasked" },
        }),
      ],
    }),
    texts: [/^container init has privileged, procMount/],
  },
  ...["/srv/data", "/srv/data/", "/srv/data/x/.y", "/mnt/cache"].map((
    path,
  ) => ({
    rule: "hostPaths",
    title: path,
    pod: volume({ hostPath: { path } }),
    data: { hostPaths: "/srv/data,/mnt/cache" },
    texts: [],
  })),
  ...[
    "/",
    "//",
    "/run",
    "/run/cloudtaser/export",
    "/var/log",
    "/var/log/pods",
    "/mnt",
    "/mnt/stateful_partition",
    "/sysroot",
    "/var/lib/etcd",
    "/etc/rancher/k3s",
    "/srv",
    "/srv/data2",
    "/srv/data/../run",
    "/srv/data//x",
    "/srv/./data",
    "//srv/data",
    "srv/data",
    "",
  ].map((path) => ({
    rule: "hostPaths",
    title: `"${path}"`,
    pod: volume({ hostPath: { path } }),
    data: { hostPaths: "/srv/data,/mnt/cache" },
    texts: [
      /^volume v is hostPath .* use another volume, or add .* to parameter hostPaths$/,
    ],
  })),
  {
    rule: "hostPaths",
    title: "any, without the parameter",
    pod: volume({ hostPath: { path: "/srv/data" } }),
    texts: [/^volume v is hostPath \/srv\/data,/],
  },
  {
    rule: "hostPaths",
    title: "the injected one",
    pod: makePod([app()]),
    data: { agentSocket: "hostPath" },
    texts: [],
  },
  {
    rule: "hostPaths",
    title: "the agent's own directory under the injected name",
    pod: makePod([app()], {
      volumes: [{
        name: "cloudtaser-agent",
        hostPath: { path: "/run/cloudtaser" },
      }],
    }),
    data: { agentSocket: "hostPath" },
    texts: [/hostPath \/run\/cloudtaser,/],
  },
  {
    rule: "ports",
    title: "each its own",
    pod: makePod([app(), app({ name: "b" })]),
    texts: [],
  },
  {
    rule: "ports",
    title: "an application's port",
    pod: makePod([
      app(),
      app({ name: "b" }),
      app({
        name: "c",
        ports: [{ containerPort: 8200 }],
      }),
    ]),
    texts: [/^container b: .* set CLOUDTASER_LISTEN of the container/],
  },
  {
    rule: "unreadReferences",
    title: "an init container that is injected",
    pod: makePod([app()], {
      initContainers: [
        app({ name: "init", ...env(["A_PASSWORD", "vault:x#y"]) }),
      ],
    }, { "cloudtaser.io/inject-init-containers": "init" }),
    texts: [],
  },
  {
    rule: "unreadReferences",
    title: "one that is not",
    pod: makePod([app()], {
      initContainers: [
        app({ name: "init", ...env(["A", "x${bao:x#y}"], ["B", ">>vault:z"]) }),
      ],
    }),
    texts: [/^container init has a reference in A, B .* name it in annotation/],
  },
  ...[
    ["DB_PASSWORD", "vault:secret/data/app#password"],
    ["DB_PASSWORD", "bao:secret/data/app#password"],
    ["DB_PASSWORD", ">>vault:secret/data/app#password"],
    ["DB_PASSWORD", "a-${vault:secret/data/app#password}"],
    ["DB_PASSWORD", "$(OTHER)"],
    ["DB_PASSWORD", "vault:v1:Y2lwaGVydGV4dA=="],
    ["CERT", '>>vault:pki/issue/web#certificate#{"common_name":"a"}'],
    ["CERT", '>>vault:transit/decrypt/a#plaintext#{"ciphertext":"vault:v1:x"}'],
    ["DB_PASSWORD", ""],
    ["DB_PASSWORD_FILE", "/run/password"],
    ["USE_TOKEN", "true"],
    ["CLOUDTASER_SECRET_PATHS", "secret/data/app"],
    ["DB_URL", "postgres://app:${vault:a#b}@db/app"],
    ["DB_URL", "postgres://app:$(PASS)@db/app"],
    ["DB_URL", "postgres://app@db/app?x=a:b@c"],
    ["GREETING", "hello"],
  ].map(([name = "", value = ""]) => ({
    rule: "literals",
    title: `${name}=${value}`,
    pod: makePod([app(env([name, value]))]),
    texts: [],
  })),
  ...[
    ["DB_PASSWORD", "hunter2"],
    ["db_password", "hunter2"],
    ["DB_PASSWORD", "not-vault:x"],
    ["DB_PASSWORD", "vault:hunter2"],
    ["DSN", "postgres://app:hunter2@${vault:secret/data/db#host}/x"],
    ["DSN", "postgres://app:hun$ter2@db/x"],
    ["A", '>>vault:secret/data/x#y#{"data":{"password":"hunter2"}}'],
    ["DB_PASSWORD", "1234"],
    ["AWS_SECRET_ACCESS_KEY", "abc"],
    ["GITHUB_TOKEN", "abc"],
    ["DB_URL", "postgres://app:hunter2@db/app"],
    ["VAULT_TOKEN", "s.abc"],
  ].map(([name = "", value = ""]) => ({
    rule: "literals",
    title: `${name}=${value}`,
    pod: makePod([app(env([name, value]))]),
    texts: [
      new RegExp(`^container app has a value .* in ${name}: use a reference`),
    ],
  })),
];

for (const { rule, title, pod, data, asIs, texts } of CASES) {
  const verdict = texts.length === 0 ? "accepts" : "refuses";
  Deno.test(`rule ${rule} ${verdict}: ${title}`, () => {
    const findings = (asIs ? judgeAsIs : judge)(pod, data);
    const own = findings.filter((finding) => finding.rule === rule);
    equal(own.length, texts.length, textsOf(findings).join("\n"));
    texts.forEach((regex, index) => match(own[index]?.text ?? "", regex));
  });
}

Deno.test("every rule has a pod that it accepts and one that it refuses", () => {
  const covered = (isRefused: boolean) =>
    new Set(
      CASES.filter(({ texts }) => texts.length > 0 === isRefused)
        .map(({ rule }) => rule),
    );
  const names = RULES.map(({ name }) => name);
  deepEqual(names.filter((name) => !covered(true).has(name)), []);
  deepEqual(names.filter((name) => !covered(false).has(name)), []);
});

Deno.test("no finding quotes a secret, and each is one line", () => {
  for (const { pod, data, asIs } of CASES) {
    for (const { text } of (asIs ? judgeAsIs : judge)(pod, data)) {
      ok(!text.includes("hunter2"), text);
      match(text, /^[^\n]+$/);
    }
  }
});
