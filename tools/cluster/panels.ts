/**
 * What the Grafana dashboard shows: one entry a panel. `$namespace` is chosen on
 * the page; the agent's own series have no namespace of an application.
 */

/** One panel. */
export interface Panel {
  readonly title: string;
  /** What one sees, and what to do about it. */
  readonly description: string;
  readonly type: "stat" | "bargauge" | "timeseries" | "table";
  readonly width: number;
  readonly height: number;
  readonly unit?: string;
  readonly queries: readonly Query[];
  /** Colour from this value on. */
  readonly steps?: readonly (readonly [number | null, string])[];
}

/** One line, bar or table of it. */
export interface Query {
  readonly query: string;
  readonly legend: string;
}

const HERE = '{namespace=~"$namespace"}';
/** Of 75, also where nine checks make 105 points: bands scale with the maximum. */
const SCORE =
  `(75 * cloudtaser_protection_score${HERE} / cloudtaser_protection_max${HERE})`;
const BANDS = [[null, "red"], [40, "orange"], [55, "yellow"], [
  70,
  "green",
]] as const;
const GOOD_IS_ZERO = [[null, "green"], [1, "red"]] as const;

/** How well the applications are protected. */
export const FLEET_PANELS: readonly Panel[] = [
  {
    title: "Protected pods",
    description: "Wrappers that tell a score.",
    ...stat(4, [{ query: `count(${SCORE})`, legend: "pods" }]),
  },
  {
    title: "Lowest score",
    description: "Of all of them; 75 is all there is.",
    ...stat(4, [{ query: `min(${SCORE})`, legend: "score" }]),
    steps: BANDS,
  },
  {
    title: "Pods by band",
    description:
      "70-75 full, 55-69 strong, 40-54 partial, below 40 insufficient.",
    type: "bargauge",
    width: 8,
    height: 5,
    queries: [
      { query: band(`${SCORE} >= 70`), legend: "full" },
      { query: band(`${SCORE} >= 55 < 70`), legend: "strong" },
      { query: band(`${SCORE} >= 40 < 55`), legend: "partial" },
      { query: band(`${SCORE} < 40`), legend: "insufficient" },
    ],
  },
  {
    title: "Sealed",
    description: "Wrappers that wait for a token (docs/SEALED.md).",
    ...stat(4, [{ query: `sum(cloudtaser_sealed${HERE})`, legend: "pods" }]),
    steps: [[null, "green"], [1, "orange"]],
  },
  {
    title: "Without their Vault",
    description:
      "The application keeps its secrets; nothing is renewed meanwhile.",
    ...stat(4, [{
      query: `count(cloudtaser_vault_up${HERE} == 0) or vector(0)`,
      legend: "pods",
    }]),
    steps: GOOD_IS_ZERO,
  },
  {
    title: "Pods by score",
    description: "A step down of many at once is a node's agent that has gone.",
    ...graph(12, [{
      query: `count_values("score", ${SCORE})`,
      legend: "{{score}}",
    }]),
  },
  {
    title: "Pods in which a check fails",
    description: "Which protection is missing, and where that began.",
    ...graph(12, [{
      query: `sum by (check) (1 - cloudtaser_protection_check${HERE})`,
      legend: "{{check}}",
    }]),
  },
  {
    title: "Lowest scores",
    description: "The reasons stand in the pod's log and on /v1/status.",
    ...table(8, `bottomk(50, ${SCORE})`),
    steps: BANDS,
  },
  {
    title: "What fails where",
    description:
      "One check that fails on one node only is a matter of its kernel or of its agent.",
    ...table(
      8,
      `count by (node, namespace, check) (cloudtaser_protection_check${HERE} == 0)`,
    ),
  },
  {
    title: "First lease ends in",
    description: "It should rise again at a third of its length.",
    ...graph(8, [{
      query: `min by (namespace, pod) (cloudtaser_lease_ttl_seconds${HERE})`,
      legend: "{{namespace}}/{{pod}}",
    }]),
    unit: "s",
  },
  {
    title: "Failed jobs to Vault, and restarts",
    description: "Per minute.",
    ...graph(24, [
      {
        query: perMinute(
          "namespace, job",
          `cloudtaser_fetch_failures_total${HERE}`,
        ),
        legend: "{{namespace}}: {{job}}",
      },
      {
        query: perMinute(
          "namespace",
          `cloudtaser_application_restarts_total${HERE}`,
        ),
        legend: "{{namespace}}: application restarted",
      },
    ]),
  },
];

const ATTACKS = "cloudtaser_agent_attacks_total";

/** What the nodes' agents refuse. */
export const AGENT_PANELS: readonly Panel[] = [
  {
    title: "Agents with an enforcer",
    description: "By how they refuse; no mode: nothing is refused.",
    type: "bargauge",
    width: 8,
    height: 5,
    queries: [{
      query:
        "count by (mode) (cloudtaser_agent_info and on (pod) cloudtaser_agent_up == 1)",
      legend: "{{mode}}",
    }],
  },
  {
    title: "Agents without one",
    description:
      "What was pinned is in force; pods that start now are not protected.",
    ...stat(4, [{
      query: "count(cloudtaser_agent_up == 0) or vector(0)",
      legend: "agents",
    }]),
    steps: GOOD_IS_ZERO,
  },
  {
    title: "Protected processes",
    description: "Registered ones and their descendants.",
    ...stat(4, [{
      query: "sum(cloudtaser_agent_protected_processes)",
      legend: "processes",
    }]),
  },
  {
    title: "Attacks in this time",
    description:
      "How they ended. A killed attacker may have got what it asked for.",
    type: "bargauge",
    width: 8,
    height: 5,
    queries: [{
      query: `sum by (action) (increase(${ATTACKS}[$__range]))`,
      legend: "{{action}}",
    }],
  },
  {
    title: "Attacks by vector",
    description:
      "Per minute; the agent's log has who, whom and what became of it.",
    ...graph(12, [{
      query: `${perMinute("vector, action", ATTACKS)} > 0`,
      legend: "{{vector}} {{action}}",
    }]),
  },
  {
    title: "Attacks by node",
    description: "Per minute.",
    ...graph(12, [{ query: perMinute("node", ATTACKS), legend: "{{node}}" }]),
  },
  {
    title: "Closed vectors",
    description: "A node with fewer than the others has an older kernel.",
    ...graph(12, [{
      query: "max by (node) (cloudtaser_agent_vectors_active)",
      legend: "{{node}}",
    }]),
  },
  {
    title: "Not told, and enforcers that started again",
    description:
      "Attacks that came faster than lines are written are counted all the same.",
    ...graph(12, [
      {
        query: perMinute("node", "cloudtaser_agent_events_lost_total"),
        legend: "{{node}}: lost",
      },
      {
        query: perMinute("node", "cloudtaser_agent_audit_suppressed_total"),
        legend: "{{node}}: without a line",
      },
      {
        query: perMinute("node", "cloudtaser_agent_enforcer_restarts_total"),
        legend: "{{node}}: enforcer restarts",
      },
    ]),
  },
];

function stat(width: number, queries: readonly Query[]) {
  return { type: "stat", width, height: 5, queries } as const;
}

function graph(width: number, queries: readonly Query[]) {
  return { type: "timeseries", width, height: 8, queries } as const;
}

function table(width: number, query: string) {
  const queries = [{ query, legend: "" }];
  return { type: "table", width, height: 8, queries } as const;
}

/** A band with nobody in it is 0 and not missing. */
function band(query: string): string {
  return `count(${query}) or vector(0)`;
}

function perMinute(by: string, counter: string): string {
  return `60 * sum by (${by}) (rate(${counter}[$__rate_interval]))`;
}
