/**
 * Prometheus' text format. A script of its own: prom-client is loaded at the
 * first scrape, and only the three files of it that are needed. The whole
 * package would cost every wrapper 5 MiB.
 */
import type * as prometheus from "prom-client";
import CounterClass from "prom-client/lib/counter.js";
import GaugeClass from "prom-client/lib/gauge.js";
import RegistryClass from "prom-client/lib/registry.js";
import type { Metric } from "@/base/metric.ts";

// The package declares the types of its index only.
const Registry: typeof prometheus.Registry = RegistryClass;
const TYPES: Readonly<
  Record<Metric["type"], typeof prometheus.Counter | typeof prometheus.Gauge>
> = { counter: CounterClass, gauge: GaugeClass };

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
  for (const { name, help, type, samples } of metrics) {
    if (samples.length === 0) continue;
    const labelNames = [
      ...new Set(samples.flatMap(({ labels = {} }) => Object.keys(labels))),
    ];
    const metric = new TYPES[type]({
      name,
      help,
      labelNames,
      registers: [registry],
    });
    for (const { labels = {}, value } of samples) metric.inc(labels, value);
  }
  const body = await registry.metrics();
  // Fixed format (docs/METRICS.md): no blank lines between metrics.
  return { body: body.replaceAll("\n\n", "\n"), type: registry.contentType };
}
