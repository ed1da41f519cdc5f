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
import {
  assertNotStarted,
  assertStarted,
  DB_PASSWORD,
  PRINT,
} from "./outcomes.ts";

type Environment = Record<string, string>;
type Place = (server: OpenBao) => Environment;

/** References that cannot be read: 78, and words of the last line. */
const REFERENCES: readonly (readonly [string, string, RegExp])[] = [
  [
    "a path that the policy forbids",
    "vault:secret/data/forbidden#password",
    /secret\/data\/forbidden/,
  ],
  [
    "a path that does not exist",
    "vault:secret/data/nosuch#password",
    /secret\/data\/nosuch/,
  ],
  [
    "a path of KV v1 that does not exist",
    "vault:kv/nosuch#password",
    /kv\/nosuch/,
  ],
  [
    "a field that does not exist",
    "vault:secret/data/app#nosuch",
    /DB_PASSWORD.*nosuch|nosuch.*DB_PASSWORD/,
  ],
  [
    "a version that does not exist",
    `${DB_PASSWORD}#99`,
    /secret\/data\/app.*version/,
  ],
  [
    "a version that was deleted",
    "vault:secret/data/deleted#password",
    /secret\/data\/deleted/,
  ],
  ["a path of KV v2 without data/", "vault:secret/app#password", /secret\/app/],
];

/** Servers that cannot be used: exit code, settings, and words of the last line. */
const CONNECTIONS: readonly (readonly [string, 69 | 78, Place, RegExp])[] = [
  [
    "a namespace that does not exist",
    78,
    () => ({ VAULT_NAMESPACE: "nosuch" }),
    /VAULT_NAMESPACE/,
  ],
  [
    "an authority that did not sign the server",
    78,
    ({ certificates }) => ({ VAULT_CACERT: certificates.otherCaFile }),
    /VAULT_CACERT/,
  ],
  [
    "an authority file that does not exist",
    78,
    () => ({ VAULT_CACERT: "/nonexistent/ca.pem" }),
    /VAULT_CACERT/,
  ],
  [
    "no authority file at all",
    78,
    () => ({ VAULT_CACERT: "" }),
    /VAULT_CACERT/,
  ],
  [
    "a server whose certificate has expired",
    78,
    ({ expiredAddress }) => ({ VAULT_ADDR: expiredAddress }),
    /expired/i,
  ],
  [
    "a server whose certificate is for another name",
    78,
    ({ wrongNameAddress }) => ({ VAULT_ADDR: wrongNameAddress }),
    /name/i,
  ],
  [
    "an address without a listener",
    69,
    () => ({ VAULT_ADDR: `https://127.0.0.1:${freePort()}` }),
    /VAULT_ADDR|CLOUDTASER_VAULT_DEADLINE/,
  ],
];

const openBao = openBaoForFile(setUpSecrets);

Deno.test("refused secrets", async (test) => {
  const server = openBao();
  const doomed = { data: { password: "x" } };
  await server.api("POST", "secret/data/deleted", doomed);
  await server.api("DELETE", "secret/data/deleted");
  const token = await makeToken(server);
  const run = (env: Environment) =>
    runWrapper({
      args: PRINT,
      env: { ...vaultEnvironment(server, token), DB_PASSWORD, ...env },
    });
  const refuses = async (code: number, says: RegExp, env: Environment) => {
    const result = await run(env);
    assertNotStarted(result, code);
    assert.match(result.stderr.trim().split("\n").at(-1) ?? "", says);
    assert.ok(!result.stderr.includes(token), "the token is in the log");
  };
  for (const [title, reference, says] of REFERENCES) {
    await test.step(`does not start the application with ${title}`, () =>
      refuses(78, says, { DB_PASSWORD: reference }));
  }
  for (const [title, code, place, says] of CONNECTIONS) {
    await test.step(`does not start the application with ${title}`, () =>
      refuses(code, says, {
        CLOUDTASER_VAULT_DEADLINE: "1s",
        ...place(server),
      }));
  }
  await test.step("refuses a field in bulk that chooses code, and accepts it when it is mapped", async () => {
    const NODE_OPTIONS = "--trace-warnings";
    const data = { NODE_OPTIONS, PASSWORD: "s3cr3t-p4ss" };
    await server.api("POST", "secret/data/steered", { data });
    const bulk = {
      ...vaultEnvironment(server, token),
      CLOUDTASER_SECRET_PATHS: "secret/data/steered",
    };
    const args = ["/usr/bin/printenv", "NODE_OPTIONS", "PASSWORD"];
    const refused = await runWrapper({ args, env: bulk });
    assertNotStarted(
      refused,
      78,
      /Refusing field NODE_OPTIONS of "secret\/data\/steered".*map it in CLOUDTASER_ENV_MAP/,
    );
    const asked = "vault:secret/data/steered#NODE_OPTIONS";
    const env = { ...bulk, NODE_OPTIONS: asked };
    const mapped = await runWrapper({ args, env });
    assertStarted(mapped, "--trace-warnings\ns3cr3t-p4ss\n");
  });
  await test.step("accepts another name with VAULT_TLS_SERVER_NAME", async () =>
    assertStarted(
      await run({
        VAULT_ADDR: server.wrongNameAddress,
        VAULT_TLS_SERVER_NAME: "vault.example.test",
      }),
    ));
  await test.step("accepts any certificate with VAULT_SKIP_VERIFY", async () =>
    assertStarted(
      await run({
        VAULT_ADDR: server.expiredAddress,
        VAULT_SKIP_VERIFY: "true",
      }),
    ));
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
        /warning: VAULT_SKIP_VERIFY is set: any host on the network path .*; unset it, and set VAULT_CACERT /,
        "UNVERIFIED: VAULT_SKIP_VERIFY is set",
      ],
      [onTls, undefined, "TLS, certificate verified"],
    ];
  for (const [env, warning, value] of ways) {
    // The second start reports it as well.
    for (const _ of [1, 2]) {
      await using wrapper = startWrapper({
        args: ["sleep", "60"],
        env: { PATH: "/usr/bin:/bin", DB_PASSWORD, ...env },
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
