/** OpenBao's reasons for refusing a login, as the wrapper reports them: in its own text, without what OpenBao quotes. */
import { post } from "../../tools/openbao/api.ts";
import { setUpSecrets } from "../../tools/openbao/secrets.ts";
import { OpenBao } from "../../tools/openbao/server.ts";
import {
  appRoleLogin,
  setUpAppRole,
  vaultEnvironment,
} from "../support/openbao.ts";
import { runWrapper } from "../support/wrapper.ts";
import { assertNotStarted, DB_PASSWORD } from "./outcomes.ts";
import { JwtSigner, setUpCert, setUpJwt } from "./login_methods.ts";

const CLAIMS = { sub: "me", aud: "vault", iss: "https://issuer.test" };

Deno.test("a refused login reports the reason", async (test) => {
  await using server = await OpenBao.start();
  const dir = await Deno.makeTempDir({ prefix: "words-" });
  const signer = await JwtSigner.create();
  await setUpSecrets(server);
  await setUpJwt(server, signer);
  await setUpCert(server);
  const role = {
    role_type: "jwt",
    user_claim: "sub",
    bound_audiences: ["vault"],
    token_policies: ["app"],
  };
  const roles = {
    subject: { bound_subject: "another" },
    claims: { bound_claims: { team: "payments" } },
    user: { user_claim: "email" },
  };
  for (const [name, more] of Object.entries(roles)) {
    await post(server, `auth/jwt/role/${name}`, { ...role, ...more });
  }
  const bound = {
    token_bound_cidrs: [],
    secret_id_bound_cidrs: ["10.9.9.0/24"],
  };
  const approle = await setUpAppRole(server, bound);
  const refused = async (says: RegExp, env: Record<string, string>) => {
    const result = await runWrapper({
      args: ["/bin/echo", "started"],
      env: { ...vaultEnvironment(server, ""), DB_PASSWORD, ...env },
    });
    assertNotStarted(result, 78, says);
  };
  const jwt = async (name: string, claims: Record<string, unknown>) => {
    const file = `${dir}/${name}`;
    const token = await signer.sign({ ...CLAIMS, ...claims });
    await Deno.writeTextFile(file, token);
    return {
      VAULT_AUTH_METHOD: "jwt",
      VAULT_AUTH_ROLE: name,
      VAULT_JWT_FILE: file,
    };
  };
  const cases: readonly [string, Record<string, unknown>, RegExp][] = [
    ["subject", {}, /the JWT's subject \(sub\) does not fit the role/],
    ["claims", { team: "other" }, /a claim of the JWT does not fit the role/],
    ["user", {}, /the JWT has no claim that the role asks for/],
    ["app", { iss: "https://other.test" }, /the JWT's issuer \(iss\) is not/],
    ["app", { nbf: 4102444800 }, /the JWT is not valid yet/],
    ["app", { aud: "other" }, /the token's audience does not fit the role/],
    ["app", { exp: 1000 }, /the JWT has expired/],
  ];
  for (const [name, claims, says] of cases) {
    await test.step(`JWT, role ${name}, ${JSON.stringify(claims)}`, async () =>
      await refused(says, await jwt(name, claims)));
  }
  await test.step("a secret ID that is bound to another address", () =>
    refused(/is not bound to this address/, appRoleLogin(approle)));
  await test.step("a client certificate that the role does not accept", async () => {
    const { certFile, keyFile } = server.certificates.client;
    await post(server, "auth/cert/certs/app", {
      certificate: await Deno.readTextFile(server.certificates.otherCaFile),
      token_policies: ["app"],
    });
    await refused(/the client certificate is not accepted/, {
      VAULT_AUTH_METHOD: "cert",
      VAULT_CLIENT_CERT: certFile,
      VAULT_CLIENT_KEY: keyFile,
    });
  });
  await Deno.remove(dir, { recursive: true });
});
