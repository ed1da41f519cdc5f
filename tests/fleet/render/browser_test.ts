/** The HTML report in Chromium: it shows text from wrappers and never runs it, and the page fits the window. */
import assert from "node:assert/strict";
import { makeFleet } from "@/fleet/collect/fleet.ts";
import { renderPage } from "@/fleet/render/html/page.ts";
import { parseStatus } from "@/fleet/collect/status_schema.ts";
import { answerWith } from "../answers.ts";
import { openFile, startBrowser, type View } from "./browser.ts";

const VIEW: View = { width: 1280, scheme: "light" };
const EVIL = [
  `<script>document.title = "pwned"</script>`,
  `"><img src=x onerror="document.title = 'pwned'">`,
  `</style><script>document.title = "pwned"</script>`,
  `<svg onload="document.title = 'pwned'">`,
  `' autofocus onfocus='document.title = "pwned"' x='`,
  `<base href="https://example.com/">`,
  `<meta http-equiv="refresh" content="0;url=about:blank">`,
];

/** A report in which every text of a wrapper is one of `texts`. */
function pageOf(texts: readonly string[]): string {
  const probes = texts.map((text) => {
    const target = { namespace: text, pod: text, node: text, port: 8199 };
    return { target, status: parseStatus(answerWith(text)) };
  });
  return renderPage(makeFleet(probes, { at: 0, place: texts[2] ?? "" }));
}

/** Passes a function to `work` that opens a document and evaluates an expression in it. */
async function browsing(
  work: (
    read: (html: string, view: View, expression: string) => Promise<unknown>,
  ) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".html" });
  await using browser = await startBrowser();
  const page = await browser.newPage();
  await work(async (html, view, expression) => {
    await Deno.writeTextFile(path, html);
    await openFile(page, path, view);
    return await page.evaluate(expression);
  });
  await Deno.remove(path);
}

Deno.test("browser: text from wrappers does not run, load or become a tag", () =>
  browsing(async (read) => {
    const shown = `document.title.replace(/^Protection report: /, "")`;
    const control = EVIL.slice(0, 5).join("\n");
    assert.equal(await read(control, VIEW, "document.title"), "pwned");
    const page = pageOf(EVIL);
    assert.equal(await read(page, VIEW, shown), EVIL[2]);
    const counts = `["script", "img", "base", "[onfocus]"]
      .map((tag) => document.querySelectorAll(tag).length).join()`;
    assert.equal(await read(page, VIEW, counts), "0,0,0,0");
  }));

Deno.test("browser: the page fits wide and narrow windows, light and dark", () =>
  browsing(async (read) => {
    const pod = "a-very-long-deployment-name-that-people-have-7d8f9c6b4-xk2mn";
    const page = pageOf([pod, "web", "web"]);
    const back = "getComputedStyle(document.body).backgroundColor";
    for (const width of [320, 400, 768, 1280, 2560]) {
      // Opening it fails when it is wider than the view.
      const light = { ...VIEW, width, opened: "w0" };
      assert.equal(await read(page, light, back), "rgb(255, 255, 255)");
      const dark = { ...light, scheme: "dark" } as const;
      assert.equal(await read(page, dark, back), "rgb(15, 19, 24)");
    }
  }));
