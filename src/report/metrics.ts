/**
 * The two gauges of the specification. Nothing else: more metrics come with
 * their own issue.
 */
import type { Score } from "@/score/mod.ts";
import { renderExposition } from "./exposition.ts";

/** Renders both gauges; without a score yet, only the maximum. */
export function renderMetrics(
  score: Score | undefined,
  { pod = "", namespace = "" }: { pod?: string; namespace?: string },
  maximum: number,
): string {
  const labels = { pod, namespace };
  return renderExposition([
    {
      name: "cloudtaser_protection_score",
      help: "Current protection score",
      type: "gauge",
      samples: score ? [{ labels, value: score.points }] : [],
    },
    {
      name: "cloudtaser_protection_max",
      help: "Maximum possible protection score",
      type: "gauge",
      samples: [{ labels, value: score?.maximum ?? maximum }],
    },
  ]);
}
