/** The page's first section: the fleet by band of the specification. */
import { MAXIMUM_SCORE } from "@/score/checks.ts";
import { bandOf } from "@/score/score.ts";
import { type Fleet, type Standing, STANDINGS } from "@/fleet/collect/fleet.ts";
import { html, type Markup, NOTHING } from "./markup.ts";
import { STANDING_TITLES } from "@/fleet/render/words.ts";

/** A bar, and a table that says the same in words. */
export function renderBands(fleet: Fleet): Markup {
  if (fleet.members.length === 0) return NOTHING;
  const standings = STANDINGS.toReversed();
  return html`<section>
<h2>Fleet by band</h2>
${renderBar(fleet, standings)}
<table class="bands">
<thead><tr><th scope="col">Band</th><th scope="col">Score</th><th scope="col" class="number">Wrappers</th><th scope="col" class="number">Share</th></tr></thead>
<tbody>${standings.map((one) => renderRow(fleet, one))}</tbody>
</table>
</section>`;
}

function renderBar(fleet: Fleet, standings: readonly Standing[]): Markup {
  const all = fleet.members.length;
  let at = 0;
  const pieces = standings.map((standing) => {
    const width = 1000 * fleet.counts[standing] / all;
    const x = at;
    at += width;
    return html`
      <rect class="${standing}" x="${x.toFixed(2)}" y="0" width="${width
        .toFixed(2)}"
        height="10" />
    `;
  });
  return html`
    <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none"
      aria-hidden="true">${pieces}</svg>
  `;
}

function renderRow(fleet: Fleet, standing: Standing): Markup {
  const number = fleet.counts[standing];
  const share = 100 * number / fleet.members.length;
  return html`
    <tr>
      <th scope="row"><span class="dot ${standing}"></span>${STANDING_TITLES[
        standing
      ]}</th>
      <td>${rangeOf(standing)}</td>
      <td class="number">${number}</td>
      <td class="number">${share.toFixed(1)} %</td>
    </tr>
  `;
}

/** Asked of the one place that knows the bands, so that it is never another answer. */
function rangeOf(standing: Standing): string {
  const scores = Array.from({ length: MAXIMUM_SCORE + 1 }, (_, score) => score)
    .filter((score) => bandOf(score) === standing);
  return scores.length === 0 ? "no answer" : `${scores[0]}–${scores.at(-1)}`;
}
