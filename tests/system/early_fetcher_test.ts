/**
 * The fetcher that the entry stub forks: it runs when Vault is configured, has
 * an empty environment block, and ends when it is not needed.
 */
import assert from "node:assert/strict";
import { RawServer } from "../fetcher/vault/raw_server.ts";
import { eventually } from "../support/eventually.ts";
import { childrenOf } from "../support/proc.ts";
import { TestVault } from "../support/test_vault.ts";
import { runWrapper, startWrapper, WRAPPER } from "../support/wrapper.ts";

const TOKEN = "s.early-fetcher-token-0123456789";
const APP = ["/bin/sleep", "600"];

function commOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/comm`).trim();
  } catch {
    return "";
  }
}

function environmentOf(pid: number): string {
  return Deno.readTextFileSync(`/proc/${pid}/environ`).replaceAll("\0", "");
}

Deno.test("the first fetch uses it, and its environment block is empty", async () => {
  await using vault = RawServer.silent();
  await using wrapper = startWrapper({
    args: APP,
    env: {
      VAULT_ADDR: vault.address,
      VAULT_TOKEN: TOKEN,
      OTHER: "other-value",
      A: "vault:secret/data/a#b",
    },
  });
  await vault.connected;
  const fetchers = childrenOf(wrapper.pid);
  assert.equal(fetchers.length, 1);
  const [fetcher = 0] = fetchers;
  // It is forked, not executed, so it keeps the wrapper's command line.
  assert.match(Deno.readTextFileSync(`/proc/${fetcher}/cmdline`), /sleep/);
  assert.equal(environmentOf(fetcher), "");
  assert.doesNotMatch(environmentOf(wrapper.pid), new RegExp(TOKEN));
});

Deno.test("with Vault but without a secret it ends", async () => {
  await using wrapper = startWrapper({
    args: APP,
    env: { VAULT_ADDR: "http://127.0.0.1:1" },
  });
  await wrapper.waitForLog(/kprobes_active/);
  // Until the fetcher has ended, both exist.
  await eventually(
    () => childrenOf(wrapper.pid).map(commOf),
    (names) => names.join() === "sleep",
  );
});

Deno.test("it does not survive a wrong setting", async () => {
  const { code } = await runWrapper({
    args: ["/bin/sleep", "600.0625"],
    env: { VAULT_ADDR: "http://127.0.0.1:1", A: "vault:broken" },
  });
  assert.equal(code, 78);
  // A forked fetcher has the wrapper's command line.
  await eventually(
    () => processesWith("600.0625"),
    (pids) => pids.length === 0,
  );
});

Deno.test("subcommands do not start it", async () => {
  const { code, stdout } = await runWrapper({
    args: ["--version"],
    env: { VAULT_ADDR: "http://127.0.0.1:1" },
  });
  assert.equal(code, 0);
  assert.match(stdout, /^cloudtaser-wrapper /);
});

Deno.test("closed standard streams do not get its descriptors", async () => {
  await using vault = await TestVault.start();
  for (const closed of ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]) {
    const command = `exec "$0" /bin/sh -c 'exit 4' ${closed}`;
    const { code } = await new Deno.Command("/bin/sh", {
      args: ["-c", command, WRAPPER],
      env: vault.env({ CLOUDTASER_LISTEN: "off" }),
    }).output();
    assert.equal(code, 4, closed);
  }
});

/** Processes with this text in their command line. */
function processesWith(word: string): string[] {
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => name)
    .filter((name) =>
      /^\d+$/.test(name) && readCommandLine(name).includes(word)
    );
}

function readCommandLine(pid: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    return "";
  }
}
