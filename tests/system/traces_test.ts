/** Nothing is left on any file system: neither wrapper nor fetcher writes any. */
import assert from "node:assert/strict";
import { DevVaultServer } from "../support/dev_vault.ts";
import { compileProgram } from "../support/programs.ts";
import { runShell } from "../support/shell.ts";
import { makeToken, setUpSecrets } from "../support/vault_setup.ts";

const app = compileProgram("app");

/** Folders of a mount namespace of its own, in which only the wrapper has been. */
const EMPTY_FOLDERS = `
exec 9<"$W"
exec unshare --mount --pid --fork --kill-child --mount-proc -- sh -c '
for folder in /tmp /dev/shm /var/tmp /run; do mount -t tmpfs none $folder; done
exec /proc/self/fd/9 /bin/sh -c "
find /tmp /dev/shm /var/tmp /run -mindepth 1
echo password \\$DB_PASSWORD"'`;

Deno.test({
  name: "neither wrapper nor fetcher leaves a file",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    // Without TLS, as the authority's file is in /tmp too.
    await using server = await DevVaultServer.start({ scheme: "http" });
    await setUpSecrets(server);
    const { code, stdout, stderr } = await runShell(EMPTY_FOLDERS, app, {
      VAULT_ADDR: server.address,
      VAULT_TOKEN: await makeToken(server),
      DB_PASSWORD: "vault:secret/data/app#password",
    });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "password s3cr3t-p4ss\n");
  },
});
