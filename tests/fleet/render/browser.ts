/** Opens HTML files in Debian's Chromium, headless. */
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { pathToFileURL } from "node:url";
import { ensurePackages } from "../../../tools/packages.ts";

/** How to show a page. */
export interface View {
  /** In CSS pixels. */
  readonly width: number;
  readonly scheme: "light" | "dark";
  /** The id of a <details> element to open. */
  readonly opened?: string;
}

/** Runs as root, and without the requests that Chromium makes at its start. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--hide-scrollbars",
  "--force-color-profile=srgb",
];

/** Installs Chromium when it is missing. `await using` ends it and removes its profile. */
export async function startBrowser(): Promise<Browser> {
  await ensurePackages(["chromium", "fonts-dejavu-core"]);
  return await puppeteer.launch({
    executablePath: "/usr/bin/chromium",
    args: FLAGS,
  });
}

/** Opens a file. @throws {Error} when its content is wider than the view */
export async function openFile(
  page: Page,
  path: string,
  { width, scheme, opened }: View,
): Promise<void> {
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
  ]);
  await page.setViewport({ width, height: 600 });
  await page.goto(pathToFileURL(path).href);
  if (opened !== undefined) {
    await page.$eval(`#${opened}`, (element) => {
      Object.assign(element, { open: true });
    });
  }
  const needed = await page.evaluate("document.documentElement.scrollWidth");
  if (Number(needed) <= width) return;
  throw new Error(`The page needs ${needed} px, the view has ${width}`);
}
