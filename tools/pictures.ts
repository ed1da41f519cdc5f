/**
 * `deno task pictures`: makes docs/pictures/ again, all seen by Chromium: what
 * `status` writes, on a terminal and as a page, and the dashboard's queries. The
 * fleet is made up, the program that shows it is the compiled one (or the one
 * that is named), and so is the Prometheus.
 */
import { ApiServer } from "../tests/fleet/api_server.ts";
import { writeKubeconfig } from "../tests/fleet/status_run.ts";
import { renderDashboard } from "./cluster/dashboard.ts";
import { compile } from "./compile.ts";
import { ensurePackages } from "./packages.ts";
import { Browser, type View } from "./pictures/browser.ts";
import { fillFleet } from "./pictures/fleet.ts";
import { drawDashboard } from "./pictures/dashboard.ts";
import { makeHistory, STEP_S, STEPS } from "./pictures/history.ts";
import { Past } from "./pictures/past.ts";
import { drawScreen } from "./pictures/terminal.ts";
import { say } from "./progress.ts";

const FOLDER = new URL("../docs/pictures/", import.meta.url).pathname;
const MOST_BYTES = 150_000;
const PACKAGES = ["chromium", "fonts-dejavu-core", "pngquant"];

const PAGES: Readonly<Record<string, View>> = {
  "page-light": { width: 1280, mostHeight: 1500, scheme: "light" },
  "page-dark": { width: 1280, mostHeight: 1500, scheme: "dark" },
  "page-evidence": { width: 1280, mostHeight: 900, scheme: "light", at: "w1" },
  "page-narrow": { width: 400, mostHeight: 1300, scheme: "dark", at: "w1" },
};

async function main(): Promise<void> {
  await ensurePackages(PACKAGES);
  const binary = Deno.args[0] ?? (await compile()).path;
  await using api = await ApiServer.start();
  const [first = ""] = fillFleet(api);
  const [namespace = "", pod = ""] = first.split("/");
  const env = { KUBECONFIG: writeKubeconfig(api) };
  await using browser = await Browser.start();
  const screens = {
    "status-one": { words: ["status", "-n", namespace, pod], columns: 100 },
    "status-many": { words: ["status", "-A"], columns: 110 },
  };
  const file = `${api.folder}/page.html`;
  for (const [name, screen] of Object.entries(screens)) {
    await Deno.writeTextFile(file, await drawScreen(screen, { binary, env }));
    // 8.43 px is how wide a letter of that font is.
    const width = Math.ceil(screen.columns * 8.43) + 36;
    const view = { width, mostHeight: 1500, scheme: "dark" } as const;
    await keep(name, await browser.shoot(file, view));
  }
  const { stdout } = await new Deno.Command(binary, {
    args: ["status", "-A", "-o", "html"],
    env,
  }).output();
  await Deno.writeFile(file, stdout);
  for (const [name, view] of Object.entries(PAGES)) {
    await keep(name, await browser.shoot(file, view));
  }
  await shootDashboard(browser, file);
}

/** The dashboard's queries, answered by a real Prometheus. */
async function shootDashboard(browser: Browser, file: string): Promise<void> {
  const end = Date.UTC(2026, 10, 25, 18) / 1000;
  const span = { start: end - STEPS * STEP_S, end };
  await using past = await Past.start(makeHistory(end));
  const { panels } = JSON.parse(renderDashboard());
  await Deno.writeTextFile(file, await drawDashboard(past, panels, span));
  const view = { width: 1280, mostHeight: 2400, scheme: "dark" } as const;
  await keep("dashboard", await browser.shoot(file, view));
}

/** With a palette, which is a third of the size. @throws Error when it is too large to be kept */
async function keep(name: string, png: Uint8Array): Promise<void> {
  const path = `${FOLDER}${name}.png`;
  await Deno.writeFile(path, png);
  const { success } = await new Deno.Command("pngquant", {
    args: ["--force", "--strip", "--ext=.png", "64", path],
  }).output();
  const { size } = await Deno.stat(path);
  if (!success || size > MOST_BYTES) {
    throw new Error(`${path} has ${size} bytes`);
  }
  say(`${path}: ${size} bytes`);
}

await main();
