/**
 * The courier that the entry stub starts beside the wrapper: there when Vault is
 * named, with nothing of the environment in it, and gone when it is not needed.
 */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { childrenOf } from "../support/proc.ts";
import { SilentVault } from "../support/silent_vault.ts";
import { runWrapper, startWrapper } from "../support/wrapper.ts";

const TOKEN = "s.early-courier-token-0123456789";
const APP = ["/bin/sleep", "600"];

function environmentOf(pid: number): string {
  return Deno.readTextFileSync(`/proc/${pid}/environ`).replaceAll("\0", "");
}

Deno.test("it is the one courier of the first fetch, and its environment block is empty", async () => {
  using vault = new SilentVault();
  await using wrapper = startWrapper({
    args: APP,
    env: {
      VAULT_ADDR: vault.address,
      VAULT_TOKEN: TOKEN,
      OTHER: "other-value",
      A: "vault:secret/data/a#b",
    },
  });
  await vault.asked;
  const couriers = childrenOf(wrapper.pid);
  assert.equal(couriers.length, 1);
  const [courier = 0] = couriers;
  // It was forked, not executed: its command line is still the wrapper's.
  assert.match(Deno.readTextFileSync(`/proc/${courier}/cmdline`), /sleep/);
  assert.equal(environmentOf(courier), "");
  assert.doesNotMatch(environmentOf(wrapper.pid), new RegExp(TOKEN));
});

Deno.test("where Vault is named but no secret is asked for, it is dismissed", async () => {
  await using wrapper = startWrapper({
    args: APP,
    env: { VAULT_ADDR: "http://127.0.0.1:1" },
  });
  await wrapper.waitForLog(/kprobes_active/);
  const names = await eventually(
    () =>
      childrenOf(wrapper.pid).map((pid) =>
        Deno.readTextFileSync(`/proc/${pid}/comm`).trim()
      ),
    (all) => all.length === 1,
  );
  assert.deepEqual(names, ["sleep"]);
});

Deno.test("a mistake in the settings leaves none behind", async () => {
  const before = countCouriers();
  const { code } = await runWrapper({
    args: APP,
    env: { VAULT_ADDR: "http://127.0.0.1:1", A: "vault:broken" },
  });
  assert.equal(code, 78);
  await eventually(countCouriers, (count) => count <= before);
});

Deno.test("our own commands start none", async () => {
  const { code, stdout } = await runWrapper({
    args: ["--version"],
    env: { VAULT_ADDR: "http://127.0.0.1:1" },
  });
  assert.equal(code, 0);
  assert.match(stdout, /^cloudtaser-wrapper /);
});

/** Wrappers and couriers of this user whose parent is gone. */
function countCouriers(): number {
  return childrenOf(1).filter((pid) => {
    try {
      return Deno.readTextFileSync(`/proc/${pid}/comm`).startsWith(
        "cloudtaser",
      );
    } catch {
      return false;
    }
  }).length;
}
