/**
 * Prometheus' text format. A script of its own: prom-client is loaded at the
 * first scrape, and only the file of it that is needed. The whole package would
 * cost every wrapper 5 MiB.
 */
import type * as prometheus from "prom-client";
import RegistryClass from "prom-client/lib/registry.js";
import type { Metric } from "@/base/metric.ts";

// The package declares the types of its index only.
const Registry: typeof prometheus.Registry = RegistryClass;

/** The page, and its content type. */
export interface Exposition {
  readonly body: string;
  readonly type: string;
}

/** Renders metrics in the order given. */
export async function renderExposition(
  metrics: readonly Metric[],
): Promise<Exposition> {
  const registry = new Registry();
  for (const metric of metrics) {
    if (metric.samples.length > 0) registry.registerMetric(adapt(metric));
  }
  const body = await registry.metrics();
  // Fixed format (docs/MONITORING.md): no blank lines between metrics.
  return { body: body.replaceAll("\n\n", "\n"), type: registry.contentType };
}

/** What a registry asks a metric for. */
function adapt({ name, help, type, samples }: Metric): prometheus.Metric {
  const values = samples.map(({ labels, value, suffix = "" }) => ({
    labels,
    value,
    metricName: `${name}${suffix}`,
  }));
  const get = () => ({ name, help, type, values });
  return { name, get } as unknown as prometheus.Metric;
}
