/** What a terminal shows, as a page for the picture in README.md. */
import { equal, throws } from "node:assert/strict";
import {
  renderColours,
  renderTerminal,
} from "../../tools/pictures/terminal.ts";

function render(text: string): string {
  return renderColours(text).map(({ text }) => text).join("");
}

Deno.test("renderColours() nests codes and ends all of them at 0", () => {
  equal(
    render("a\x1b[1m\x1b[32mb\x1b[0mc"),
    'a<span class="sgr1"></span><span class="sgr1 sgr32">b</span>c',
  );
});

Deno.test("renderColours() escapes text, and refuses what it does not know", () => {
  equal(render("<b>&\r\n"), "&lt;b&gt;&amp;\n");
  throws(() => render("\x1b[2J"), /escape sequence/);
});

Deno.test("renderTerminal() has the lines as they are, below the command", () => {
  const page = renderTerminal("demo", "one\n  two");
  const [, shown = ""] = /<pre>([^]*)<\/pre>/.exec(page) ?? [];
  equal(shown.replace(/<[^>]*>/g, ""), "$ demo\none\n  two");
});
