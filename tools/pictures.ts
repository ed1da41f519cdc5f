/** `deno task pictures`: takes docs/pictures/report.png, the HTML report of a made-up fleet. */
import type { CheckName } from "../src/score/checks.ts";
import { makeFleet } from "../src/fleet/collect/fleet.ts";
import { renderPage } from "../src/fleet/render/html/page.ts";
import { parseStatus } from "../src/fleet/collect/status_schema.ts";
import { makeAnswer } from "../tests/fleet/answers.ts";
import { openFile, startBrowser } from "../tests/fleet/render/browser.ts";
import { ensurePackages } from "./packages.ts";
import { run } from "./run.ts";

type Failing = Partial<Record<CheckName, string>>;

const PICTURE = new URL("../docs/pictures/report.png", import.meta.url);

const NO_AGENT: Failing = {
  ebpf_connected: "no agent socket at /run/cloudtaser/agent.sock",
  kprobes_active: "no agent; kernel supports BPF LSM",
};
const OLD_BOOT: Failing = {
  memfd_secret: "kernel 6.1 needs boot option secretmem.enable=1",
};
const DISK: Failing = { token_protected: "token file /vault/token is on ext4" };

/** Namespace, pod, node, failed checks. */
const PODS: readonly (readonly [string, string, string, Failing?])[] = [
  ["payments", "checkout-5b8f7c9d66-plmd7", "worker-a1"],
  ["payments", "checkout-5b8f7c9d66-t4x9k", "worker-a2"],
  ["payments", "checkout-5b8f7c9d66-w2hjc", "worker-b1", OLD_BOOT],
  ["payments", "ledger-7d8f9c6b4-xk2mn", "worker-c1", NO_AGENT],
  ["payments", "ledger-7d8f9c6b4-9rfqs", "worker-a1"],
  ["identity", "login-6c9d5b7f88-qzxt2", "worker-a2", DISK],
  ["identity", "login-6c9d5b7f88-xjfdj", "spot-7f", {
    ...OLD_BOOT,
    ...NO_AGENT,
  }],
  ["reporting", "exporter-5f6b8d9c77-kv8wz", "worker-c1", NO_AGENT],
];

function makeReport(): string {
  const probes = PODS.map(([namespace, pod, node, failing = {}]) => ({
    target: { namespace, pod, node, port: 8199 },
    status: parseStatus(
      makeAnswer(failing, { identity: { namespace, pod, node } }),
    ),
  }));
  const at = Date.UTC(2026, 10, 25, 9);
  return renderPage(makeFleet(probes, { at, place: "production" }));
}

/** Writes the picture with a palette of 64 colors, a third of the size. */
async function main(): Promise<void> {
  await ensurePackages(["pngquant"]);
  const html = await Deno.makeTempFile({ suffix: ".html" });
  await Deno.writeTextFile(html, makeReport());
  await using browser = await startBrowser();
  const page = await browser.newPage();
  await openFile(page, html, { width: 1000, scheme: "light" });
  await page.screenshot({
    path: PICTURE.pathname as `${string}.png`,
    fullPage: true,
  });
  await Deno.remove(html);
  const options = ["--force", "--strip", "--ext=.png"];
  await run("pngquant", [...options, "64", PICTURE.pathname]);
}

await main();
