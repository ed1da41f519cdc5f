/** What a program wrote to a terminal, as a page that looks like one. */
import { html, Markup, NOTHING } from "../../src/fleet/render/html/markup.ts";

/** Readable before a light and a dark page. */
const STYLE = new Markup(`
body { margin: 0; background: transparent }
pre {
  margin: 0; padding: 18px 22px; color: #e6edf3; background: #0d1117;
  border: 1px solid #3d444d; border-radius: 10px;
  font: 15px/1.4 "DejaVu Sans Mono", monospace;
}
.sgr1 { font-weight: bold }
.sgr2 { color: #9198a1 }
.sgr31 { color: #ff7b72 }
.sgr32 { color: #7ee787 }`);

/** One page with the text after the command that wrote it. */
export function renderTerminal(command: string, text: string): string {
  const typed = `\x1b[2m$\x1b[0m \x1b[1m${command}\x1b[0m\n`;
  const head = html`
    <!doctype html>
    <meta charset="utf-8">
  `;
  const content = renderColours(`${typed}${text}`);
  return html`${head}<style>${STYLE}</style><pre>${content}</pre>`.text;
}

/** Colours and weights of ECMA-48 (`ESC [ N m`) as classes; 0 ends all. @throws {Error} at any other sequence */
export function renderColours(text: string): Markup[] {
  // deno-lint-ignore no-control-regex -- an escape sequence begins with one
  const pieces = text.replaceAll("\r\n", "\n").split(/\x1b\[(\d+)m/);
  let codes: string[] = [];
  return pieces.map((piece, i) => {
    if (i % 2 === 1) {
      codes = piece === "0" ? [] : [...codes, `sgr${piece}`];
      return NOTHING;
    }
    if (piece.includes("\x1b")) throw new Error("an unknown escape sequence");
    return codes.length === 0
      ? html`${piece}`
      : html`<span class="${codes.join(" ")}">${piece}</span>`;
  });
}
