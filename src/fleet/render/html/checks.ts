/** Second section of the report: failed checks by reason and node. */
import { ALL_CHECKS } from "@/score/checks.ts";
import {
  checkNames,
  type Fleet,
  type FleetWrapper,
} from "@/fleet/collect/fleet.ts";
import { html, type Markup, NOTHING } from "./markup.ts";
import { count } from "@/fleet/render/formatting.ts";

/** Reason → wrappers. */
type Reasons = ReadonlyMap<string, readonly FleetWrapper[]>;

/** Wrappers without a score, then failed checks, the most frequent first, then checks that pass everywhere. */
export function renderChecks(fleet: Fleet): Markup {
  const answering = fleet.wrappers.filter(({ status }) => status !== undefined);
  const errors = groupBy(fleet.wrappers, ({ error }) => error);
  const checks = checkNames(fleet).map((name) => {
    const reasons = groupBy(answering, (wrapper) => reasonFor(wrapper, name));
    return { name, reasons, failing: countWrappers(reasons) };
  }).sort((a, b) => b.failing - a.failing);
  const failing = checks.filter((check) => check.failing > 0);
  const passing = checks.filter((check) => check.failing === 0);
  if (fleet.wrappers.length === 0) return NOTHING;
  return html`<section>
<h2>Failed checks</h2>
${renderErrors(errors)}
${failing.map((check) => renderFailing(check, answering.length))}
${renderPassing(passing.map(({ name }) => name))}
</section>`;
}

function renderErrors(errors: Reasons): Markup {
  if (errors.size === 0) return NOTHING;
  return html`<article class="check">
<h3>No score <span class="tag bad">${
    count(countWrappers(errors), "wrapper")
  }</span></h3>
<p class="proves">The protection of these wrappers is unknown, so they count as unprotected.</p>
${renderReasons(errors)}
</article>`;
}

function renderFailing(
  { name, reasons, failing }: {
    readonly name: string;
    readonly reasons: Reasons;
    readonly failing: number;
  },
  all: number,
): Markup {
  return html`<article class="check">
<h3>${
    renderName(name)
  } <span class="tag bad">fails on ${failing} of ${all}</span></h3>
${renderProves(name)}
${renderReasons(reasons)}
</article>`;
}

function renderPassing(names: readonly string[]): Markup {
  if (names.length === 0) return NOTHING;
  return html`
    <article class="check">
      <h3>In force everywhere <span class="tag good">${count(
        names.length,
        "check",
      )}</span></h3>
      <dl class="passing">${names.map((name) =>
        html`
          <dt>${renderName(name)}</dt>
          <dd>${renderProves(name)}</dd>
        `
      )}</dl>
    </article>
  `;
}

function renderName(name: string): Markup {
  const points = ALL_CHECKS.find((check) => check.name === name)?.points;
  const worth = points === undefined ? NOTHING : html`
    <span class="worth">${points} points</span>
  `;
  return html`<code>${name}</code>${worth}`;
}

function renderProves(name: string): Markup {
  const proves = ALL_CHECKS.find((check) => check.name === name)?.proves;
  return proves ? html`<p class="proves">${proves}</p>` : NOTHING;
}

/** Undefined when the check passes or this wrapper does not have it. */
function reasonFor({ status }: FleetWrapper, name: string): string | undefined {
  const check = status?.checks.find((one) => one.name === name);
  if (!check || check.state === "in_force") return undefined;
  const doubt = check.state === "unknown" ? "unknown: " : "";
  return doubt + (check.reason || "no reason given");
}

function renderReasons(reasons: Reasons): Markup {
  if (reasons.size === 0) return NOTHING;
  const sorted = [...reasons].sort(([, a], [, b]) => b.length - a.length);
  return html`<ul class="reasons">${
    sorted.map(([reason, wrappers]) =>
      html`
        <li>
          <details>
            <summary>${reason} <span class="where">${describePlaces(
              wrappers,
            )}</span></summary>
            <p class="names">${wrappers.map(renderLink)}</p>
          </details>
        </li>
      `
    )
  }</ul>`;
}

/** Number of nodes: a failure on one node only is probably the node's. */
function describePlaces(wrappers: readonly FleetWrapper[]): string {
  const nodes = new Set(wrappers.flatMap(({ target }) => target.node ?? []));
  const number = count(wrappers.length, "wrapper");
  if (nodes.size === 0) return number;
  const [only] = nodes;
  return nodes.size === 1
    ? `${number} on ${only}`
    : `${number} on ${nodes.size} nodes`;
}

function renderLink({ target, name: own, rank }: FleetWrapper): Markup {
  const name = target.namespace ? `${target.namespace}/${own}` : own;
  return html`
    <a href="#w${rank}">${name}</a>
  `;
}

function countWrappers(reasons: Reasons): number {
  return [...reasons.values()].reduce((sum, { length }) => sum + length, 0);
}

function groupBy(
  wrappers: readonly FleetWrapper[],
  reasonOf: (wrapper: FleetWrapper) => string | undefined,
): Reasons {
  const groups = new Map<string, FleetWrapper[]>();
  for (const wrapper of wrappers) {
    const reason = reasonOf(wrapper);
    if (reason === undefined) continue;
    const group = groups.get(reason);
    if (group) group.push(wrapper);
    else groups.set(reason, [wrapper]);
  }
  return groups;
}
