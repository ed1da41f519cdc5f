/**
 * Reasons for not starting the application, each with its exit code and one
 * line that names the setting or the path.
 */
import assert from "node:assert/strict";
import { freePort } from "../../tools/free_port.ts";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import type { OpenBao } from "../../tools/openbao/server.ts";
import { kv2, startReading } from "../fetcher/vault/fake_vault.ts";
import { openBaoForFile, vaultEnvironment } from "../support/openbao.ts";
import { runWrapper, startWrapper } from "../support/wrapper.ts";

interface Case {
  readonly title: string;
  readonly env: (server: OpenBao) => Record<string, string>;
  readonly code: 69 | 78;
  readonly says: RegExp;
}

/** A case about a reference. */
function reference(title: string, value: string, says: RegExp): Case {
  return { title, env: () => ({ DB_PASSWORD: value }), code: 78, says };
}

/** A case about the connection to the server. */
function connection(
  title: string,
  code: Case["code"],
  env: Case["env"],
  says: RegExp,
): Case {
  return {
    title,
    env: (server) => ({
      DB_PASSWORD: "vault:secret/data/app#password",
      CLOUDTASER_VAULT_DEADLINE: "1s",
      ...env(server),
    }),
    code,
    says,
  };
}

const CASES: readonly Case[] = [
  reference(
    "a path that the policy forbids",
    "vault:secret/data/forbidden#password",
    /secret\/data\/forbidden/,
  ),
  reference(
    "a path that does not exist",
    "vault:secret/data/nosuch#password",
    /secret\/data\/nosuch/,
  ),
  reference(
    "a path of KV v1 that does not exist",
    "vault:kv/nosuch#password",
    /kv\/nosuch/,
  ),
  reference(
    "a field that does not exist",
    "vault:secret/data/app#nosuch",
    /DB_PASSWORD.*nosuch|nosuch.*DB_PASSWORD/,
  ),
  reference(
    "a version that does not exist",
    "vault:secret/data/app#password#99",
    /secret\/data\/app.*version/,
  ),
  reference(
    "a version that was deleted",
    "vault:secret/data/deleted#password",
    /secret\/data\/deleted/,
  ),
  reference(
    "a path of KV v2 without data/",
    "vault:secret/app#password",
    /secret\/app/,
  ),
  connection(
    "a namespace that does not exist",
    78,
    () => ({ VAULT_NAMESPACE: "nosuch" }),
    /VAULT_NAMESPACE/,
  ),
  connection(
    "an authority that did not sign the server",
    78,
    ({ certificates }) => ({ VAULT_CACERT: certificates.otherCaFile }),
    /VAULT_CACERT/,
  ),
  connection(
    "an authority file that does not exist",
    78,
    () => ({ VAULT_CACERT: "/nonexistent/ca.pem" }),
    /VAULT_CACERT/,
  ),
  connection(
    "no authority file at all",
    78,
    () => ({ VAULT_CACERT: "" }),
    /VAULT_CACERT/,
  ),
  connection(
    "a server whose certificate has expired",
    78,
    ({ expiredAddress }) => ({ VAULT_ADDR: expiredAddress }),
    /expired/i,
  ),
  connection(
    "a server whose certificate is for another name",
    78,
    ({ wrongNameAddress }) => ({ VAULT_ADDR: wrongNameAddress }),
    /name/i,
  ),
  connection(
    "an address without a listener",
    69,
    () => ({ VAULT_ADDR: `https://127.0.0.1:${freePort()}` }),
    /VAULT_ADDR|CLOUDTASER_VAULT_DEADLINE/,
  ),
];

const openBao = openBaoForFile(setUpSecrets);

Deno.test("refused secrets", async (test) => {
  const server = openBao();
  const doomed = { data: { password: "x" } };
  await server.api("POST", "secret/data/deleted", doomed);
  await server.api("DELETE", "secret/data/deleted");
  const token = await makeToken(server);
  for (const { title, env, code, says } of CASES) {
    await test.step(`does not start the application with ${title}`, async () => {
      const result = await runWrapper({
        args: ["/bin/echo", "started"],
        env: { ...vaultEnvironment(server, token), ...env(server) },
      });
      assert.equal(result.code, code, result.stderr);
      assert.equal(result.stdout, "");
      const lines = result.stderr.trim().split("\n");
      const last = lines.at(-1) ?? "";
      assert.match(last, says);
      assert.ok(!result.stderr.includes(token), "the token is in the log");
    });
  }
  await test.step("refuses a field in bulk that chooses code, and accepts it when it is mapped", async () => {
    const fields = {
      NODE_OPTIONS: "--trace-warnings",
      PASSWORD: "s3cr3t-p4ss",
    };
    await server.api("POST", "secret/data/steered", { data: fields });
    const bulk = {
      ...vaultEnvironment(server, token),
      CLOUDTASER_SECRET_PATHS: "secret/data/steered",
    };
    const args = ["/usr/bin/printenv", "NODE_OPTIONS", "PASSWORD"];
    const refused = await runWrapper({ args, env: bulk });
    assert.equal(refused.code, 78, refused.stderr);
    assert.equal(refused.stdout, "");
    assert.match(
      refused.stderr,
      /Refusing field NODE_OPTIONS of "secret\/data\/steered".*map it in CLOUDTASER_ENV_MAP/,
    );
    const asked = "vault:secret/data/steered#NODE_OPTIONS";
    const mapped = await runWrapper({
      args,
      env: { ...bulk, NODE_OPTIONS: asked },
    });
    assert.equal(mapped.code, 0, mapped.stderr);
    assert.equal(mapped.stdout, "--trace-warnings\ns3cr3t-p4ss\n");
  });
  await test.step("accepts another name when VAULT_TLS_SERVER_NAME says so", async () => {
    const result = await runWrapper({
      args: ["/usr/bin/printenv", "DB_PASSWORD"],
      env: {
        ...vaultEnvironment(server, token),
        VAULT_ADDR: server.wrongNameAddress,
        VAULT_TLS_SERVER_NAME: "vault.example.test",
        DB_PASSWORD: "vault:secret/data/app#password",
      },
    });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, "s3cr3t-p4ss\n");
  });
  await test.step("accepts any certificate when VAULT_SKIP_VERIFY says so", async () => {
    const result = await runWrapper({
      args: ["/usr/bin/printenv", "DB_PASSWORD"],
      env: {
        ...vaultEnvironment(server, token),
        VAULT_ADDR: server.expiredAddress,
        VAULT_SKIP_VERIFY: "true",
        DB_PASSWORD: "vault:secret/data/app#password",
      },
    });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, "s3cr3t-p4ss\n");
  });
});

Deno.test("an unprotected connection to Vault is reported at every start and in the status", async () => {
  await using plain = startReading(() => kv2({ password: "s3cr3t-p4ss" }));
  const tls = openBao();
  const token = await makeToken(tls);
  const onTls = vaultEnvironment(tls, token);
  const ways: readonly [Record<string, string>, RegExp | undefined, string][] =
    [
      [
        { VAULT_ADDR: plain.address, VAULT_TOKEN: token },
        /warning: VAULT_ADDR is http: the token and all secrets travel unencrypted/,
        "UNENCRYPTED: VAULT_ADDR is http",
      ],
      [
        { ...onTls, VAULT_SKIP_VERIFY: "true" },
        /warning: VAULT_SKIP_VERIFY is set: any host on the network path/,
        "UNVERIFIED: VAULT_SKIP_VERIFY is set",
      ],
      [onTls, undefined, "TLS, certificate verified"],
    ];
  for (const [env, warning, value] of ways) {
    // The second start reports it as well.
    for (const _ of [1, 2]) {
      await using wrapper = startWrapper({
        args: ["sleep", "60"],
        env: {
          PATH: "/usr/bin:/bin",
          PW: "vault:secret/data/app#password",
          ...env,
        },
      });
      await wrapper.waitForLog(/Protection score: \d+\/75/);
      const { facts } = await wrapper.status();
      const [fact] = facts.filter((f: { name: string }) =>
        f.name === "vault transport"
      );
      assert.equal(fact?.value, value);
      const { stderr } = await wrapper.stop();
      if (warning) assert.match(stderr, warning);
      else assert.doesNotMatch(stderr, /warning: VAULT_(ADDR|SKIP)/);
    }
  }
});
