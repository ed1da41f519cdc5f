/** First section of the report: wrappers by band. */
import { MAXIMUM_SCORE } from "@/score/checks.ts";
import { bandOf } from "@/score/score.ts";
import {
  type BandOrUnknown,
  BANDS,
  type Fleet,
} from "@/fleet/collect/fleet.ts";
import { html, type Markup, NOTHING } from "./markup.ts";
import { TITLES } from "@/fleet/render/formatting.ts";

/** A bar, and a table with the same numbers. */
export function renderBands(fleet: Fleet): Markup {
  if (fleet.wrappers.length === 0) return NOTHING;
  const bands = BANDS.toReversed();
  return html`<section>
<h2>Fleet by band</h2>
${renderBar(fleet, bands)}
<table class="bands">
<thead><tr><th scope="col">Band</th><th scope="col">Score</th><th scope="col" class="number">Wrappers</th><th scope="col" class="number">Share</th></tr></thead>
<tbody>${bands.map((one) => renderRow(fleet, one))}</tbody>
</table>
</section>`;
}

function renderBar(fleet: Fleet, bands: readonly BandOrUnknown[]): Markup {
  const all = fleet.wrappers.length;
  let at = 0;
  const pieces = bands.map((band) => {
    const width = 1000 * fleet.counts[band] / all;
    const x = at;
    at += width;
    return html`
      <rect class="${band}" x="${x.toFixed(2)}" y="0" width="${width
        .toFixed(2)}"
        height="10" />
    `;
  });
  return html`
    <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none"
      aria-hidden="true">${pieces}</svg>
  `;
}

function renderRow(fleet: Fleet, band: BandOrUnknown): Markup {
  const number = fleet.counts[band];
  const share = 100 * number / fleet.wrappers.length;
  return html`
    <tr>
      <th scope="row"><span class="dot ${band}"></span>${TITLES[band]}</th>
      <td>${rangeOf(band)}</td>
      <td class="number">${number}</td>
      <td class="number">${share.toFixed(1)} %</td>
    </tr>
  `;
}

/** Computed with bandOf(), which defines the bands. */
function rangeOf(band: BandOrUnknown): string {
  const scores = Array.from({ length: MAXIMUM_SCORE + 1 }, (_, score) => score)
    .filter((score) => bandOf(score) === band);
  return scores.length === 0 ? "no score" : `${scores[0]}–${scores.at(-1)}`;
}
