/**
 * RLIMIT_MEMLOCK on a kernel with pages of 64 KiB, of which each arena takes at
 * least one: how much a start needs, and its score with less. Without
 * CAP_IPC_LOCK, which root has.
 */
import assert from "node:assert/strict";
import { bootMachine } from "../../tools/vm/boot.ts";
import { GuestVault } from "../enforcement/guest_vault.ts";
import { wrapperFor } from "../support/wrapper.ts";

const ARCH = "aarch64";
const TOO_LITTLE =
  /memfd_secret: FAIL \(\+0\) RLIMIT_MEMLOCK 128 KiB too small, grant CAP_IPC_LOCK or raise it$/m;

Deno.test("RLIMIT_MEMLOCK with pages of 64 KiB", async () => {
  await using vault = await GuestVault.start();
  const files = {
    "/bin/cloudtaser-wrapper": wrapperFor(ARCH),
    "/etc/ca.pem": vault.caFile,
  };
  const kernel = "override-64k";
  await using machine = await bootMachine({ kernel, arch: ARCH, files });
  await machine.run("chmod 644 /etc/ca.pem");
  const start = (kib: number) =>
    machine.run(`cat >/tmp/start <<'END'
ulimit -l ${kib}
exec env -i PATH=/bin VAULT_ADDR=${vault.address} VAULT_CACERT=/etc/ca.pem \\
  VAULT_TOKEN=${vault.token} DB_PASSWORD='vault:${vault.path}#password' \\
  cloudtaser-wrapper -- sh -c 'test "$DB_PASSWORD" = ${vault.secret}'
END
su nobody -s /bin/sh -c 'sh /tmp/start'`);
  const two = await start(128);
  assert.equal(two.code, 0, two.output);
  assert.match(two.output, TOO_LITTLE);
  assert.match(two.output, /Protection score: 30\/75$/m);
  const three = await start(192);
  assert.equal(three.code, 0, three.output);
  assert.match(three.output, /Protection score: 55\/75$/m);
});
