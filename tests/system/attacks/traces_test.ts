/** Neither wrapper nor fetcher leaves a file on any file system. */
import assert from "node:assert/strict";
import { testAsRoot } from "../../support/roles.ts";
import { makeToken, setUpSecrets } from "../../../tools/openbao/secrets.ts";
import { OpenBao } from "../../../tools/openbao/server.ts";
import { FaultProxy } from "../../support/fault_proxy.ts";
import { runShell } from "../../support/shell.ts";

/** Folders of a new mount namespace, in which only the wrapper runs. */
const EMPTY_FOLDERS = `
exec 9<"$W"
exec unshare --mount --pid --fork --kill-child --mount-proc -- sh -c '
for folder in /tmp /dev/shm /var/tmp /run; do mount -t tmpfs none $folder; done
exec /proc/self/fd/9 /bin/sh -c "
find /tmp /dev/shm /var/tmp /run -mindepth 1
echo password \\$DB_PASSWORD"'`;

testAsRoot("neither wrapper nor fetcher leaves a file", async () => {
  await using server = await OpenBao.start();
  await setUpSecrets(server);
  // Without TLS, because the authority's file is in /tmp too.
  await using proxy = await FaultProxy.start(server, "http");
  const { code, stdout, stderr } = await runShell(EMPTY_FOLDERS, {
    VAULT_ADDR: proxy.address,
    VAULT_TOKEN: await makeToken(server),
    DB_PASSWORD: "vault:secret/data/app#password",
  });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "password s3cr3t-p4ss\n");
});
