/** What a manifest must be, so that the rules can judge it. */
import * as v from "valibot";

const text = v.nullish(v.string());
const list = <T extends v.GenericSchema>(item: T) => v.nullish(v.array(item));

const action = v.nullish(v.looseObject({
  exec: v.nullish(v.looseObject({ command: list(v.string()) })),
}));

const CONTAINER = v.looseObject({
  name: v.string(),
  image: v.string(),
  command: list(v.string()),
  args: list(v.string()),
  env: list(v.looseObject({
    name: v.string(),
    value: text,
    valueFrom: v.nullish(v.looseObject({})),
  })),
  envFrom: list(v.looseObject({})),
  ports: list(v.looseObject({ containerPort: v.number(), name: text })),
  volumeMounts: list(v.looseObject({
    name: v.string(),
    mountPath: v.string(),
    readOnly: v.nullish(v.boolean()),
    subPath: text,
    subPathExpr: text,
  })),
  volumeDevices: list(v.looseObject({ devicePath: v.string() })),
  restartPolicy: text,
  livenessProbe: action,
  readinessProbe: action,
  startupProbe: action,
  lifecycle: v.nullish(v.looseObject({ postStart: action, preStop: action })),
  terminationMessagePath: text,
  securityContext: v.nullish(v.looseObject({
    privileged: v.nullish(v.boolean()),
    procMount: text,
    capabilities: v.nullish(v.looseObject({ add: list(v.string()) })),
  })),
});

const VOLUME = v.looseObject({
  name: v.string(),
  hostPath: v.nullish(v.looseObject({ path: v.string() })),
  persistentVolumeClaim: v.nullish(v.looseObject({
    claimName: v.string(),
    readOnly: v.nullish(v.boolean()),
  })),
});

/** A pod, or the template of one. */
export const POD = v.looseObject({
  metadata: v.nullish(v.looseObject({
    annotations: v.nullish(v.record(v.string(), v.string())),
    labels: v.nullish(v.record(v.string(), v.string())),
  })),
  spec: v.looseObject({
    serviceAccountName: text,
    hostPID: v.nullish(v.boolean()),
    hostUsers: v.nullish(v.boolean()),
    shareProcessNamespace: v.nullish(v.boolean()),
    containers: v.pipe(v.array(CONTAINER), v.minLength(1)),
    initContainers: list(CONTAINER),
    volumes: list(VOLUME),
  }),
});

/** The ConfigMap of parameters. */
export const PARAMETERS_MAP = v.looseObject({
  kind: v.literal("ConfigMap"),
  metadata: v.looseObject({ name: v.string(), namespace: text }),
  data: v.nullish(v.record(v.string(), v.string())),
});

/** Where a value is wrong and what is wanted there. The value itself may be a secret. */
export function explainIssue(issue: v.BaseIssue<unknown>): string {
  const place = (issue.path ?? []).map(({ key }) =>
    typeof key === "number" ? `[${key}]` : `.${key}`
  ).join("").replace(/^\./, "");
  return issue.received === "undefined"
    ? `${place || "it"} is missing: add it`
    : `${place || "it"} is not valid: use ${describeWanted(issue)}`;
}

function describeWanted({ type, expected }: v.BaseIssue<unknown>): string {
  if (type === "string") return "text; quote numbers and truth values";
  if (type === "array" || type === "min_length") {
    return "a list that is not empty";
  }
  if (type === "loose_object" || type === "record") return "a table";
  return expected ?? type;
}
