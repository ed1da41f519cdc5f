/** Workloads that know nothing of the wrapper: a command, and a reference where a password was. */
import type {
  V1Container,
  V1Pod,
  V1PodSpec,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";
import { APP_SECRET } from "../../../tools/openbao/secrets.ts";
import { SHELL_IMAGE } from "./production.ts";

/** The namespace that they are in. */
export const SHOP = "shop";

/** What each application prints when it has its secret. */
export const HAS_SECRET = new RegExp(
  `^password ${APP_SECRET.password}$`,
  "m",
);

const PRINT = 'echo "password $DB_PASSWORD"';

/** A container that prints its password and goes on until TERM. */
export function makeContainer(more: Partial<V1Container> = {}): V1Container {
  return {
    name: "app",
    image: SHELL_IMAGE,
    command: ["/bin/busybox", "sh"],
    args: ["-c", `${PRINT}; exec /app signals 15`],
    env: [{ name: "DB_PASSWORD", value: "vault:secret/data/app#password" }],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    resources: { requests: { cpu: "1m", memory: "16Mi" } },
    ...more,
  };
}

/** The same, and it ends at once. */
export function makeTask(more: Partial<V1Container> = {}): V1Container {
  return makeContainer({ args: ["-c", PRINT], ...more });
}

/** What a pod template is made of. */
export interface Template {
  readonly annotations?: Record<string, string>;
  readonly spec?: Partial<V1PodSpec>;
}

/** A pod template with one container, or those of `spec`. */
export function makeTemplate(
  name: string,
  { annotations, spec }: Template = {},
): V1PodTemplateSpec {
  return {
    metadata: { labels: { app: name }, ...(annotations && { annotations }) },
    spec: {
      serviceAccountName: "orders",
      terminationGracePeriodSeconds: 5,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [makeContainer()],
      ...spec,
    },
  };
}

/** A bare pod with one container, changed by `container`, and `template`. */
export function makePod(
  name: string,
  container: Partial<V1Container> = {},
  { annotations, spec }: Template = {},
): V1Pod {
  const template = makeTemplate(name, {
    ...(annotations && { annotations }),
    spec: { containers: [makeContainer(container)], ...spec },
  });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...template.metadata, name, namespace: SHOP },
    spec: template.spec!,
  };
}

/** A Deployment or StatefulSet. */
export function makeSet(
  kind: "Deployment" | "StatefulSet",
  name: string,
  replicas: number,
  template: V1PodTemplateSpec = makeTemplate(name),
): object {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: SHOP },
    spec: { replicas, selector: { matchLabels: { app: name } }, template },
  };
}

/** A CronJob that is due every minute and runs once. */
export function makeCronJob(name: string): object {
  const spec = { containers: [makeTask()], restartPolicy: "Never" };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace: SHOP },
    spec: {
      schedule: "* * * * *",
      concurrencyPolicy: "Forbid",
      jobTemplate: {
        spec: { backoffLimit: 0, template: makeTemplate(name, { spec }) },
      },
    },
  };
}
