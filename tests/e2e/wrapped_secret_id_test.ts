/**
 * VAULT_SECRET_ID_WRAPPED: the wrapper unwraps it once and keeps it for later
 * logins. A wrapping token that was used, was made elsewhere or has expired is
 * reported.
 */
import assert from "node:assert/strict";
import { post, succeed } from "../../tools/openbao/api.ts";
import { setUpSecrets } from "../../tools/openbao/secrets.ts";
import { OpenBao } from "../../tools/openbao/server.ts";
import { eventually } from "../support/eventually.ts";
import { setUpAppRole, vaultEnvironment } from "../support/openbao.ts";
import { runWrapper, startWrapper } from "../support/wrapper.ts";
import {
  assertNotStarted,
  assertStarted,
  DB_PASSWORD,
  PRINT,
} from "./outcomes.ts";

const ROLE = "auth/approle/role/app";

interface Scene {
  readonly server: OpenBao;
  readonly roleId: string;
}

/** The answer of `path`, wrapped for `ttl`. */
async function wrap(
  server: OpenBao,
  path = `${ROLE}/secret-id`,
  options: { readonly ttl?: string; readonly body?: unknown } = {},
): Promise<string> {
  const { ttl = "60s", body = {} } = options;
  const answer = await server.api("POST", path, body, { wrapTtl: ttl });
  return succeed(answer).body.wrap_info.token;
}

function environment(
  { server, roleId }: Scene,
  more: Record<string, string>,
): Record<string, string> {
  return {
    ...vaultEnvironment(server, ""),
    VAULT_AUTH_METHOD: "approle",
    VAULT_ROLE_ID: roleId,
    DB_PASSWORD,
    CLOUDTASER_LOG_LEVEL: "debug",
    ...more,
  };
}

/** Runs the wrapper, which must refuse to start, with these words. */
async function refuses(
  scene: Scene,
  more: Record<string, string>,
  ...words: RegExp[]
): Promise<void> {
  const env = environment(scene, more);
  const result = await runWrapper({ args: PRINT, env });
  assertNotStarted(result, 78, ...words);
  const token = more.VAULT_SECRET_ID_WRAPPED;
  assert.ok(!token || !result.stderr.includes(token), "a token in the log");
}

/** Status of a login with the credentials that root finds in /proc. */
async function loginOfRoot(
  server: OpenBao,
  pid: number,
  file: string,
): Promise<number> {
  const environ = await Deno.readTextFile(`/proc/${pid}/environ`);
  const [, role_id] = /(?:^|\0)VAULT_ROLE_ID=([^\0]*)/.exec(environ) ?? [];
  const secret_id = await Deno.readTextFile(`/proc/${pid}/root${file}`);
  const path = "auth/approle/login";
  return (await server.api("POST", path, { role_id, secret_id })).status;
}

Deno.test("a wrapped secret id", async (test) => {
  await using server = await OpenBao.start();
  await setUpSecrets(server);
  const { roleId } = await setUpAppRole(server);
  const scene = { server, roleId };

  await test.step("works once, and the second start is an alarm", async () => {
    const wrapped = { VAULT_SECRET_ID_WRAPPED: await wrap(server) };
    const env = environment(scene, wrapped);
    const first = await runWrapper({ args: PRINT, env });
    assertStarted(first);
    assert.match(first.stderr, /token_protected: OK/);
    const alarm = /ALARM: VAULT_SECRET_ID_WRAPPED.*used before/;
    await refuses(scene, wrapped, alarm);
  });

  await test.step("works from a file too", async () => {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, `${await wrap(server)}\n`);
    const env = environment(scene, { VAULT_SECRET_ID_WRAPPED_FILE: file });
    assertStarted(await runWrapper({ args: PRINT, env }));
    await refuses(
      scene,
      { VAULT_SECRET_ID_WRAPPED_FILE: file },
      /ALARM: VAULT_SECRET_ID_WRAPPED_FILE.*used before/,
    );
    await Deno.remove(file);
  });

  await test.step("that another client has unwrapped is an alarm", async () => {
    const token = await wrap(server);
    await post(server, "sys/wrapping/unwrap", { token });
    await refuses(
      scene,
      { VAULT_SECRET_ID_WRAPPED: token },
      /ALARM.*another client may have the secret id/,
      /auth\/approle\/role\/ROLE\/secret-id-accessor\/destroy/,
    );
  });

  await test.step("that an interceptor has wrapped again is an alarm, and is not unwrapped", async () => {
    const { body } = await server.api("POST", `${ROLE}/secret-id`, {});
    const stolen = { secret_id: body.data.secret_id };
    for (const path of ["sys/wrapping/wrap", `${ROLE}/custom-secret-id`]) {
      const given = path.startsWith("sys") ? stolen : { secret_id: "my-own" };
      const token = await wrap(server, path, { body: given });
      await refuses(
        scene,
        { VAULT_SECRET_ID_WRAPPED: token },
        /ALARM.*not made by auth\/approle\/role\/ROLE\/secret-id/,
      );
      await post(server, "sys/wrapping/lookup", { token });
    }
  });

  await test.step("that has expired is an alarm", async () => {
    const token = await wrap(server, undefined, { ttl: "1s" });
    await eventually(
      () => server.api("POST", "sys/wrapping/lookup", { token }),
      ({ status }) => status === 400,
    );
    const wrapped = { VAULT_SECRET_ID_WRAPPED: token };
    await refuses(scene, wrapped, /ALARM.*has expired/);
  });

  await test.step("leaves nothing that root could log in with, where a file does", async () => {
    const file = await Deno.makeTempFile();
    const { body } = await server.api("POST", `${ROLE}/secret-id`, {});
    for (
      const [setting, content, status] of [
        ["VAULT_SECRET_ID_FILE", body.data.secret_id, 200],
        ["VAULT_SECRET_ID_WRAPPED_FILE", await wrap(server), 400],
      ] as const
    ) {
      await Deno.writeTextFile(file, content);
      await using wrapper = startWrapper({
        args: ["/bin/sh", "-c", "echo ready; exec sleep 600"],
        env: environment(scene, { [setting]: file }),
      });
      await wrapper.waitForOutput(/ready/);
      assert.equal(await loginOfRoot(server, wrapper.pid, file), status);
      await wrapper.stop();
    }
    await Deno.remove(file);
  });

  await test.step("logs in again when the token reaches its maximum ttl", async () => {
    const ttl = { token_ttl: "3s", token_max_ttl: "3s" };
    await post(server, ROLE, { token_policies: "app", ...ttl });
    await using wrapper = startWrapper({
      args: ["/bin/sleep", "600"],
      env: environment(scene, { VAULT_SECRET_ID_WRAPPED: await wrap(server) }),
    });
    // Twice, because the result of the second fetch must contain it as well.
    await wrapper.waitForLog(/Secrets refreshed/, { count: 2 });
    assert.equal((await wrapper.status()).application.state, "running");
    const { code, stderr } = await wrapper.stop();
    assert.equal(code, 143, stderr);
    assert.doesNotMatch(stderr, /ALARM|Refreshing secrets failed/);
  });

  await test.step("for one login causes a warning at the start, and more when the token expires", async () => {
    await post(server, ROLE, { secret_id_num_uses: 1 });
    await using wrapper = startWrapper({
      args: ["/bin/sleep", "600"],
      env: environment(scene, { VAULT_SECRET_ID_WRAPPED: await wrap(server) }),
    });
    await wrapper.waitForLog(
      /warning: VAULT_SECRET_ID_WRAPPED.*allows 1 login; the wrapper/,
    );
    await wrapper.waitForLog(/Refreshing secrets failed: .*approle login/);
    assert.equal((await wrapper.status()).application.state, "running");
    assert.equal((await wrapper.stop()).code, 143);
  });
});
