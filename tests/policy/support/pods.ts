/** Random pods, honest ones and attempts to get around the policy. All are valid for the API server. */
import fc from "fast-check";
import type { KubernetesObject } from "../../../src/policy/evaluate/inject.ts";

/** Volumes that containers of every pod may mount. */
const VOLUMES: readonly KubernetesObject[] = [
  { name: "data", emptyDir: {} },
  { name: "settings", configMap: { name: "settings" } },
  { name: "logs", hostPath: { path: "/var/log/app" } },
];
const ODD_VOLUMES: readonly KubernetesObject[] = [
  { name: "cloudtaser", emptyDir: {} },
  { name: "cloudtaser", configMap: { name: "fake" } },
  { name: "cloudtaser-agent", emptyDir: {} },
  { name: "cloudtaser-vault", emptyDir: {} },
  {
    name: "cloudtaser-agent",
    persistentVolumeClaim: { claimName: "cloudtaser-agent" },
  },
  ...["/", "/run", "/run/cloudtaser/export", "//run", "/proc", "/srv/./data"]
    .map((path) => ({ name: "host", hostPath: { path } })),
  { name: "host", hostPath: { path: "/srv/data", type: "Directory" } },
];

const HONEST_COMMANDS = [
  ["/app"],
  ["/app", "serve"],
  ["sh", "-c", "exec /app"],
] as const;
const ODD_COMMANDS = [
  undefined,
  ["/cloudtaser/cloudtaser-wrapper", "--", "/app"],
  ["/cloudtaser/cloudtaser-wrapper", "--"],
  ["/cloudtaser/cloudtaser-wrapper", "--version"],
  ["/cloudtaser/cloudtaser-wrapper", "--min-protection-score=0", "--", "/app"],
  ["/cloudtaser-wrapper", "--", "/app"],
  ["//cloudtaser/cloudtaser-wrapper", "--", "/app"],
] as const;

const variable = (name: string, value: string) => ({ name, value });
const VARIABLES: readonly KubernetesObject[] = [
  variable("DB_PASSWORD", "vault:secret/data/app#password"),
  variable("DB_PASSWORD", "hunter2"),
  variable("PIN", "1234"),
  variable("DB_URL", "postgres://app:${vault:secret/data/app#pw}@db/app"),
  variable("DB_URL", "postgres://app:hunter2@db/app"),
  variable("API_TOKEN", "$(OTHER)"),
  variable("API_TOKEN_FILE", "/run/token"),
  variable("USE_SECRETS", "true"),
  variable("VAULT_ADDR", "https://other:8200"),
  variable("BAO_ADDR", "https://other:8200"),
  variable("VAULT_ADDR", "http://other:8200"),
  variable("DSN", "postgres://app:hunter2@${vault:secret/data/db#host}/x"),
  variable("DATA", '>>vault:a/b#c#{"password":"hunter2"}'),
  variable("VAULT_SKIP_VERIFY", "true"),
  variable("CLOUDTASER_MIN_PROTECTION_SCORE", "0"),
  variable("CLOUDTASER_MIN_PROTECTION_SCORE", "75"),
  variable("CLOUDTASER_MIN_PROTECTION_SCORE", " 75"),
  {
    name: "CLOUDTASER_MIN_PROTECTION_SCORE",
    valueFrom: { configMapKeyRef: { name: "settings", key: "score" } },
  },
  variable("CLOUDTASER_REQUIRE_CHECKS", "memfd_secret"),
  variable("CLOUDTASER_REQUIRE_CHECKS", "ebpf_connected, memfd_secret,mlock"),
  variable("CLOUDTASER_SCORE_CHECKS", "all"),
  variable("CLOUDTASER_AGENT_UID", "1000"),
  variable("CLOUDTASER_INTERPOSE", "off"),
  variable("CLOUDTASER_INTERPOSE", "require"),
  variable("CLOUDTASER_LISTEN", ":8200"),
  variable("CLOUDTASER_LISTEN", "off"),
  variable("LD_PRELOAD", "/data/evil.so"),
];

const MOUNTS: readonly KubernetesObject[] = [
  { name: "data", mountPath: "/data" },
  { name: "settings", mountPath: "/etc/app/" },
  { name: "data", mountPath: "/cloudtaser" },
  { name: "data", mountPath: "/cloudtaser/", readOnly: true },
  { name: "data", mountPath: "//cloudtaser" },
  { name: "data", mountPath: "cloudtaser" },
  { name: "data", mountPath: "/x/../cloudtaser" },
  { name: "data", mountPath: "/cloudtaser/cloudtaser-wrapper", subPath: "x" },
  { name: "data", mountPath: "/cloudtaser-agent" },
  { name: "data", mountPath: "/cloudtaser2" },
];

const SECURITY: readonly KubernetesObject[] = [
  { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  { capabilities: { add: ["NET_BIND_SERVICE"] } },
  { capabilities: { add: ["SYS_PTRACE", "NET_ADMIN"] } },
  { capabilities: { add: ["cap_sys_admin"] } },
  { privileged: true },
];

const ACTIONS: readonly KubernetesObject[] = [
  { exec: { command: ["/check"] } },
  { exec: { command: ["/cloudtaser/cloudtaser-wrapper", "--", "/app"] } },
];

/** Rarely, so that most pods have few oddities. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 9 },
    { arbitrary, weight: 1 },
  );

const CONTAINER = fc.record({
  image: fc.constantFrom("app:1", "registry.example.com/exporter:2"),
  command: fc.oneof(
    { arbitrary: fc.constantFrom(...HONEST_COMMANDS), weight: 9 },
    { arbitrary: fc.constantFrom(...ODD_COMMANDS), weight: 1 },
  ),
  args: seldom(fc.constantFrom(["--flag"], ["serve", "--port=1"])),
  env: seldom(fc.array(fc.constantFrom(...VARIABLES), { maxLength: 4 })),
  envFrom: seldom(fc.constant([{ configMapRef: { name: "settings" } }])),
  volumeMounts: seldom(
    fc.uniqueArray(fc.constantFrom(...MOUNTS), {
      maxLength: 2,
      selector: (mount) => mount.mountPath,
    }),
  ),
  ports: seldom(
    fc.constantFrom([{ containerPort: 8080 }], [
      { containerPort: 8200, name: "api" },
    ], [{ containerPort: 7000, name: "status" }]),
  ),
  securityContext: seldom(fc.constantFrom(...SECURITY)),
  // Valid for containers and sidecars only.
  livenessProbe: seldom(fc.constantFrom(...ACTIONS)),
  lifecycle: seldom(
    fc.constantFrom(...ACTIONS).map((postStart) => ({ postStart })),
  ),
});

const SIDECAR = fc.record({
  container: CONTAINER,
  restartPolicy: fc.option(fc.constant("Always"), { nil: undefined }),
});

const INSTALLERS: readonly KubernetesObject[] = [
  {
    name: "cloudtaser-install",
    image: "evil:1",
    command: ["/cloudtaser-wrapper", "install", "/cloudtaser"],
    volumeMounts: [{ name: "data", mountPath: "/cloudtaser" }],
  },
  {
    name: "cloudtaser-install",
    image: "registry.example.com/cloudtaser-wrapper:0.1.0",
    command: ["/cloudtaser-wrapper", "install", "/cloudtaser"],
    volumeMounts: [{ name: "data", mountPath: "/cloudtaser" }],
  },
];

const ANNOTATIONS: readonly Readonly<Record<string, string>>[] = [
  { "cloudtaser.io/inject-init-containers": "init-0" },
  { "cloudtaser.io/inject-init-containers": "init-0, init-1" },
  { "cloudtaser.io/exempt": "exporter" },
  { "cloudtaser.io/exempt": "other" },
  { "prometheus.io/scrape": "true", "prometheus.io/port": "8080" },
  { "cloudtaser.io/inject": "false" },
];

/** A few containers, and now and then as many as are injected, or more. */
const CONTAINERS = fc.oneof(
  {
    arbitrary: fc.array(CONTAINER, { minLength: 1, maxLength: 3 }),
    weight: 12,
  },
  {
    arbitrary: fc.array(CONTAINER, { minLength: 10, maxLength: 18 }),
    weight: 1,
  },
);

/** Metadata and specification of a pod. */
export const POD: fc.Arbitrary<KubernetesObject> = fc.record({
  containers: CONTAINERS,
  inits: fc.array(SIDECAR, { maxLength: 2 }),
  installer: seldom(fc.constantFrom(...INSTALLERS)),
  volume: seldom(fc.constantFrom(...ODD_VOLUMES)),
  annotations: seldom(fc.constantFrom(...ANNOTATIONS)),
  labels: fc.option(fc.constant({ app: "shop" }), { nil: undefined }),
  serviceAccountName: fc.constantFrom(undefined, "default", "metrics"),
  hostUsers: seldom(fc.constant(false)),
  hostPID: seldom(fc.constant(true)),
  shareProcessNamespace: seldom(fc.constant(true)),
}).map(makePod);

interface Parts {
  readonly containers: readonly object[];
  readonly inits: readonly {
    readonly container: object;
    readonly restartPolicy: string | undefined;
  }[];
  readonly installer: KubernetesObject | undefined;
  readonly volume: KubernetesObject | undefined;
  readonly annotations: object | undefined;
  readonly labels: object | undefined;
  readonly serviceAccountName: string | undefined;
  readonly hostUsers: boolean | undefined;
  readonly hostPID: boolean | undefined;
  readonly shareProcessNamespace: boolean | undefined;
}

function makePod(parts: Parts): KubernetesObject {
  const { containers, inits, installer, volume, ...rest } = parts;
  const { annotations, labels, ...spec } = rest;
  const initContainers = [
    ...inits.map(({ container, restartPolicy }, index) => ({
      ...container,
      ...(restartPolicy === undefined && {
        livenessProbe: undefined,
        lifecycle: undefined,
      }),
      name: `init-${index}`,
      restartPolicy,
    })),
    ...installer ? [installer] : [],
  ];
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "generated", annotations, labels },
    spec: {
      ...spec,
      // It excludes these.
      ...(spec.hostPID && {
        shareProcessNamespace: undefined,
        hostUsers: undefined,
      }),
      containers: containers.map((one, index) => ({
        ...one,
        name: `app-${index}`,
      })),
      initContainers,
      volumes: [...VOLUMES, ...volume ? [volume] : []],
    },
  };
  // Without what is undefined, as in a manifest.
  return JSON.parse(JSON.stringify(pod));
}
