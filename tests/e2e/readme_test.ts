/** README.md's shortest command, with the token file that `bao login` writes. */
import assert from "node:assert/strict";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { openBaoForFile } from "../support/openbao.ts";
import { PageShell } from "../support/pages/shell.ts";
import { WRAPPER } from "../support/wrapper.ts";

const openBao = openBaoForFile(setUpSecrets);

Deno.test("README.md: a secret of the reader's own Vault", async () => {
  const server = openBao();
  await using home = await TemporaryFolder.make("home");
  const token = await makeToken(server);
  await Deno.writeTextFile(`${home.path}/.vault-token`, token);
  await Deno.mkdir(`${home.path}/dist`);
  await Deno.symlink(WRAPPER, `${home.path}/dist/cloudtaser-wrapper`);
  await using shell = await PageShell.open({
    cwd: home.path,
    env: {
      HOME: home.path,
      VAULT_ADDR: server.address,
      VAULT_CACERT: server.caFile,
    },
  });
  const said = await shell.run("README.md", "DB_PASSWORD=vault:");
  assert.match(said, /^s3cr3t-p4ss$/m);
});
