/**
 * Every login method through the compiled binary: the application gets its
 * secret, and the wrapper revokes the token of its own login at the end.
 */
import assert from "node:assert/strict";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import { OpenBao } from "../../tools/openbao/server.ts";
import {
  appRoleLogin,
  setUpAppRole,
  vaultEnvironment,
} from "../support/openbao.ts";
import { runWrapper } from "../support/wrapper.ts";
import {
  type Credentials,
  type Environment,
  REFUSED,
  WAYS_IN,
} from "./login_cases.ts";
import {
  assertNotStarted,
  assertStarted,
  DB_PASSWORD,
  PRINT,
} from "./outcomes.ts";
import {
  JwtSigner,
  setUpCert,
  setUpJwt,
  setUpKubernetes,
  TokenReviewServer,
} from "./login_methods.ts";

const CLAIMS = { sub: "me", aud: "vault", iss: "https://issuer.test" };

Deno.test("every login method", async (test) => {
  await using server = await OpenBao.start();
  await using reviews = new TokenReviewServer();
  const dir = await Deno.makeTempDir({ prefix: "login-" });
  const credentials = await setUp(server, reviews, dir);
  const run = (environment: Environment) =>
    runWrapper({
      args: PRINT,
      env: { ...vaultEnvironment(server, ""), ...environment, DB_PASSWORD },
    });
  for (const [title, environment] of WAYS_IN) {
    await test.step(`logs in by ${title}`, async () =>
      assertStarted(await run(environment(credentials))));
  }
  for (const [title, environment, named] of REFUSED) {
    await test.step(`does not start the application with ${title}`, async () =>
      assertNotStarted(await run(environment(credentials)), 78, named));
  }
  await test.step("revokes the token of its own login at the end", async () => {
    const token = await tokenSeenBy(credentials, {
      VAULT_TOKEN: "vault:login",
      ...appRoleLogin(credentials),
    });
    assert.equal(await statusOf(server, token), 403);
  });
  await test.step("does not revoke a token that it was given", async () => {
    const token = await makeToken(server);
    const result = await runWrapper({
      args: ["/bin/true"],
      env: { ...vaultEnvironment(server, token), DB_PASSWORD },
    });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(await statusOf(server, token), 200);
  });
  await Deno.remove(dir, { recursive: true });
});

async function setUp(
  server: OpenBao,
  reviews: TokenReviewServer,
  dir: string,
): Promise<Credentials> {
  const signer = await JwtSigner.create();
  await setUpSecrets(server);
  await setUpJwt(server, signer);
  await setUpJwt(server, signer, "ci/jwt");
  await setUpKubernetes(server, reviews.address);
  await setUpCert(server);
  const approle = await setUpAppRole(server);
  const account = {
    iss: "kubernetes/serviceaccount",
    sub: "system:serviceaccount:production:payments",
    "kubernetes.io": {
      namespace: "production",
      serviceaccount: { name: "payments", uid: reviews.uid },
    },
  };
  const stranger = await JwtSigner.create();
  const serviceAccount = await signer.sign(account);
  reviews.accepted.set(serviceAccount, "production:payments");
  return {
    server,
    dir,
    token: await makeToken(server),
    ...approle,
    jwt: await signer.sign(CLAIMS),
    strangeJwt: await stranger.sign(CLAIMS),
    serviceAccount,
    strangeAccount: await stranger.sign(account),
  };
}

async function tokenSeenBy(
  { server }: Credentials,
  environment: Environment,
): Promise<string> {
  const result = await runWrapper({
    args: ["/usr/bin/printenv", "VAULT_TOKEN"],
    env: { ...vaultEnvironment(server, ""), ...environment },
  });
  assert.equal(result.code, 0, result.stderr);
  return result.stdout.trim();
}

async function statusOf(server: OpenBao, token: string): Promise<number> {
  const path = "auth/token/lookup-self";
  return (await server.api("GET", path, undefined, { token })).status;
}
