/**
 * `-o html`: one page for auditors that needs nothing else: no script, no
 * network, its own style. Made to be read, filed and printed.
 */
import type { Fleet } from "@/fleet/collect/fleet.ts";
import { html, Markup } from "./markup.ts";
import { renderBands } from "./bands.ts";
import { renderChecks } from "./checks.ts";
import { STYLE } from "./style.ts";
import { renderWrappers } from "./wrappers.ts";

/** The whole document. */
export function renderPage(fleet: Fleet): string {
  // Even if something got through the escaping, the browser would run and load nothing.
  const nonce = crypto.randomUUID();
  const policy =
    `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>Protection report: ${fleet.place}</title>
        <style nonce="${nonce}">${new Markup(STYLE)}</style>
      </head>
      <body>
        <main>
    ${renderHead(fleet)}
    ${renderBands(fleet)}
    ${renderChecks(fleet)}
    ${renderWrappers(fleet)}
    ${renderFoot()}
        </main>
      </body>
    </html>
  `.text;
}

function renderHead(fleet: Fleet): Markup {
  const { at, place, minimum, wrappers } = fleet;
  const time = new Date(at).toISOString();
  const bar = minimum === undefined ? "every wrapper's own" : String(minimum);
  return html`<header>
<h1>Protection report</h1>
${renderVerdict(fleet)}
<dl class="facts">
<div><dt>Cluster</dt><dd>${place}</dd></div>
<div><dt>Asked at</dt><dd><time datetime="${time}">${
    formatTime(time)
  }</time></dd></div>
<div><dt>Wrappers</dt><dd>${wrappers.length}</dd></div>
<div><dt>Minimum score</dt><dd>${bar}</dd></div>
</dl>
</header>`;
}

/** `2026-11-25 05:12:09 UTC`: auditors compare times across places. */
function formatTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

function renderVerdict({ wrappers, below, counts }: Fleet): Markup {
  const all = wrappers.length;
  const parts = [
    ...(below > 0 ? [`${below} of ${all} below the minimum`] : []),
    ...(counts.unknown > 0
      ? [`${counts.unknown} of ${all} cannot be judged`]
      : []),
  ];
  const kind = below > 0
    ? "insufficient"
    : parts.length > 0 || all === 0
    ? "unknown"
    : "full";
  const words = all === 0
    ? "No wrapper was found"
    : parts.join(", ") || "All wrappers are at or above their minimum";
  return html`<p class="verdict ${kind}">${words}</p>`;
}

function renderFoot(): Markup {
  return html`
    <footer>
      <p>Points are given for what a wrapper has proven on itself: each proof is an attack or a measurement with a positive control, repeated on an interval. What cannot be proven counts as failing. What a wrapper says about itself is as trustworthy as the node and the image that it runs on.</p>
      <p>Made by <code>cloudtaser-wrapper status -o html</code>. Nothing on this page is loaded from anywhere.</p>
    </footer>
  `;
}
