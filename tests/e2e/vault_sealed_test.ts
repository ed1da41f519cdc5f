/** A sealed start: the unseal token reads secrets, is renewed, and is not revoked. */
import assert from "node:assert/strict";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import { OpenBao } from "../../tools/openbao/server.ts";
import { vaultEnvironment } from "../support/openbao.ts";
import { startWrapper, type Wrapper } from "../support/wrapper.ts";

async function unseal(wrapper: Wrapper, token: string): Promise<number> {
  const response = await fetch(`http://${wrapper.listen}/v1/unseal`, {
    method: "POST",
    body: JSON.stringify({ token }),
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test("a sealed start", async (test) => {
  await using server = await OpenBao.start();
  await setUpSecrets(server);
  await using wrapper = startWrapper({
    args: ["/bin/sh", "-c", 'echo "got $DB_PASSWORD"; exec sleep 600'],
    env: {
      ...vaultEnvironment(server, ""),
      CLOUDTASER_SEALED: "loopback",
      CLOUDTASER_LOG_LEVEL: "debug",
      DB_PASSWORD: "vault:secret/data/app#password",
    },
  });
  await wrapper.waitForLog(/Sealed: waiting for a token/);
  await test.step("a token without the right policy leaves it sealed", async () => {
    const poor = await makeToken(server, { policies: ["default"] });
    assert.equal(await unseal(wrapper, poor), 403);
    await wrapper.waitForLog(/Still sealed: .*Vault forbids reading/);
    await new Promise((resolve) => setTimeout(resolve, 1050));
  });
  // The wrapper renews it at two thirds of its life, which leaves a third for a busy machine.
  const token = await makeToken(server, { ttl: "12s" });
  await test.step("one with it starts the application", async () => {
    assert.equal(await unseal(wrapper, token), 200);
    await wrapper.waitForOutput(/got s3cr3t-p4ss/);
  });
  await test.step("it is renewed, and not revoked at the end", async () => {
    await wrapper.waitForLog(/Renewed 1 of 1/);
    assert.equal((await wrapper.stop()).code, 143);
    const path = "secret/data/app";
    const answer = await server.api("GET", path, undefined, { token });
    assert.equal(answer.status, 200);
  });
});
