/**
 * `deno task pictures [report] [demo]`: takes the pictures of docs/pictures,
 * each of a page in Chromium. Look at them before you commit them.
 */
import type { Page } from "puppeteer-core";
import { openFile, startBrowser } from "../tests/fleet/render/browser.ts";
import { ensurePackages } from "./packages.ts";
import { makeDemo } from "./pictures/demo.ts";
import { makeReport } from "./pictures/report.ts";
import { run } from "./run.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

const FOLDER = new URL("../docs/pictures/", import.meta.url).pathname;

/** How each picture is taken. */
const PICTURES: Readonly<
  Record<string, {
    readonly make: () => string | Promise<string>;
    readonly width: number;
    readonly take: (page: Page, path: `${string}.png`) => Promise<unknown>;
  }>
> = {
  report: {
    make: makeReport,
    width: 1000,
    take: (page, path) => page.screenshot({ path, fullPage: true }),
  },
  demo: {
    make: makeDemo,
    width: 820,
    take: async (page, path) => {
      await page.setViewport({ width: 820, height: 600, deviceScaleFactor: 2 });
      // Round corners, before a light and a dark page.
      await (await page.$("pre"))?.screenshot({ path, omitBackground: true });
    },
  },
};

/** Writes each picture with a palette of 64 colors, a third of the size. */
async function main(names: readonly string[]): Promise<void> {
  await ensurePackages(["pngquant"]);
  await using folder = await TemporaryFolder.make("pictures");
  await using browser = await startBrowser();
  for (const name of names) {
    const picture = PICTURES[name];
    if (!picture) {
      throw new Error(`No picture ${name}: ${Object.keys(PICTURES)}`);
    }
    const page = await browser.newPage();
    await Deno.writeTextFile(`${folder.path}/page.html`, await picture.make());
    const view = { width: picture.width, scheme: "light" } as const;
    await openFile(page, `${folder.path}/page.html`, view);
    await picture.take(page, `${FOLDER}${name}.png`);
    const options = ["--force", "--strip", "--ext=.png", "64"];
    await run("pngquant", [...options, `${FOLDER}${name}.png`]);
  }
}

await main(Deno.args.length > 0 ? Deno.args : Object.keys(PICTURES));
