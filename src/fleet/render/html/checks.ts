/** The page's second section: what fails, why, and where. */
import { ALL_CHECKS } from "@/score/checks.ts";
import { checkNames, type Fleet, type Member } from "@/fleet/collect/fleet.ts";
import { html, type Markup, NOTHING } from "./markup.ts";
import { count } from "@/fleet/render/words.ts";

/** Where one thing fails: reason → who. */
type Reasons = ReadonlyMap<string, readonly Member[]>;

/** Who says nothing, then the checks that fail, the most frequent first, then those that pass everywhere. */
export function renderChecks(fleet: Fleet): Markup {
  const answering = fleet.members.filter(({ status }) => status !== undefined);
  const silent = groupBy(fleet.members, ({ silence }) => silence);
  const checks = checkNames(fleet).map((name) => {
    const reasons = groupBy(answering, (member) => reasonFor(member, name));
    return { name, reasons, failing: countMembers(reasons) };
  }).sort((a, b) => b.failing - a.failing);
  const failing = checks.filter((check) => check.failing > 0);
  const passing = checks.filter((check) => check.failing === 0);
  if (fleet.members.length === 0) return NOTHING;
  return html`<section>
<h2>What fails where</h2>
${renderSilent(silent)}
${failing.map((check) => renderFailing(check, answering.length))}
${renderPassing(passing.map(({ name }) => name))}
</section>`;
}

function renderSilent(silent: Reasons): Markup {
  if (silent.size === 0) return NOTHING;
  return html`<article class="check">
<h3>No answer <span class="tag bad">${
    count(countMembers(silent), "wrapper")
  }</span></h3>
<p class="proves">Nothing is known about these, so they cannot be called protected.</p>
${renderReasons(silent)}
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

/** Undefined: it passes, or this wrapper does not know the check. */
function reasonFor({ status }: Member, name: string): string | undefined {
  const check = status?.checks.find((one) => one.name === name);
  if (!check || check.state === "in_force") return undefined;
  const doubt = check.state === "unknown" ? "cannot be told: " : "";
  return doubt + (check.reason || "no reason given");
}

function renderReasons(reasons: Reasons): Markup {
  if (reasons.size === 0) return NOTHING;
  const sorted = [...reasons].sort(([, a], [, b]) => b.length - a.length);
  return html`<ul class="reasons">${
    sorted.map(([reason, members]) =>
      html`
        <li>
          <details>
            <summary>${reason} <span class="where">${describePlaces(
              members,
            )}</span></summary>
            <p class="names">${members.map(renderLink)}</p>
          </details>
        </li>
      `
    )
  }</ul>`;
}

/** One node or many: that is what tells a node's fault from a pod's. */
function describePlaces(members: readonly Member[]): string {
  const nodes = new Set(members.flatMap(({ subject }) => subject.node ?? []));
  const wrappers = count(members.length, "wrapper");
  if (nodes.size === 0) return wrappers;
  const [only] = nodes;
  return nodes.size === 1
    ? `${wrappers} on ${only}`
    : `${wrappers} on ${nodes.size} nodes`;
}

function renderLink({ subject, name: own, rank }: Member): Markup {
  const name = subject.namespace ? `${subject.namespace}/${own}` : own;
  return html`
    <a href="#w${rank}">${name}</a>
  `;
}

function countMembers(reasons: Reasons): number {
  return [...reasons.values()].reduce((sum, { length }) => sum + length, 0);
}

function groupBy(
  members: readonly Member[],
  reasonOf: (member: Member) => string | undefined,
): Reasons {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const reason = reasonOf(member);
    if (reason === undefined) continue;
    const group = groups.get(reason);
    if (group) group.push(member);
    else groups.set(reason, [member]);
  }
  return groups;
}
