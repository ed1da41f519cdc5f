/** Variables that look like settings and are none. */
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { findNearest, measureDistance } from "@/base/nearest_name.ts";
import { explainNames } from "@/config/name_advice.ts";
import { AGENT_SETTINGS } from "@/config/agent_settings.ts";
import { loadAgentConfig } from "@/config/agent.ts";
import { findUnknownNames, listUnknownNames } from "@/config/unknown_names.ts";
import { load, makeVariables } from "./load_config.ts";

const WAY_OUT =
  "; if the application reads it, name it in CLOUDTASER_PASSTHROUGH";
const MIGRATION = new URL("../../docs/MIGRATION.md", import.meta.url);

function explain(env: Record<string, string>): string[] {
  const names = listUnknownNames(makeVariables(env));
  return explainNames(names, new Set(Object.keys(env))).map((u) => u.problem);
}

for (
  const [name, meant] of [
    ["CLOUDTASER_MIN_PROTECTION_SCOER", "CLOUDTASER_MIN_PROTECTION_SCORE"],
    ["CLOUDTASER_MIN_SCORE", "CLOUDTASER_MIN_PROTECTION_SCORE"],
    ["CLOUDTASER_SECRET_PATH", "CLOUDTASER_SECRET_PATHS"],
    ["CLOUDTASER_AGENT_SOKCET", "CLOUDTASER_AGENT_SOCKET"],
    ["CLOUDTASER_VAULT_ADDR", "VAULT_ADDR"],
    ["VAULT_CA_CERT", "VAULT_CACERT"],
    ["BAO_NAMESPCE", "BAO_NAMESPACE"],
  ] as const
) {
  Deno.test(`loadConfig() refuses ${name} and offers ${meant}`, () => {
    throws(
      () => load({ [name]: "x" }),
      new RegExp(
        `^ConfigError: ${name} is not a setting: did you mean ${meant}\\?`,
      ),
    );
  });
}

Deno.test("a name that resembles no setting is refused with a way out", () => {
  const env = { CLOUDTASER_QUUX: "x" };
  throws(
    () => load(env),
    /CLOUDTASER_QUUX is not a setting: see help settings; if the application reads it, name it in CLOUDTASER_PASSTHROUGH$/,
  );
  load({ ...env, CLOUDTASER_PASSTHROUGH: "CLOUDTASER_QUUX" });
  throws(() => load({ ...env, CLOUDTASER_PASSTHROUGH: "*" }), /QUUX/);
});

Deno.test("a variable that receives a secret may have any name", () => {
  load({
    CLOUDTASER_QUUX: "vault:secret/data/app#password",
    VAULT_ADDR: "https://vault",
    VAULT_TOKEN_FILE: "/token",
  });
});

Deno.test("variables of Services, of the agent and of Vault's own tools stop no start", () => {
  const links = ["CLOUDTASER", "CLOUDTASER_AGENT", "CLOUDTASER_MIN", "VAULT"]
    .flatMap((service) => [
      `${service}_SERVICE_HOST`,
      `${service}_SERVICE_PORT`,
      `${service}_SERVICE_PORT_HTTP`,
      `${service}_PORT`,
      `${service}_PORT_8199_TCP`,
      `${service}_PORT_8199_TCP_PROTO`,
      `${service}_PORT_8199_TCP_PORT`,
      `${service}_PORT_8199_TCP_ADDR`,
      `${service}_SERVICE_PORT_GRPC_WEB`,
      `${service}_PORT_53_UDP_ADDR`,
      `${service}_PORT_3868_SCTP`,
    ]);
  const agents = AGENT_SETTINGS.map(({ name }) => name);
  const tools = ["VAULT_FORMAT", "VAULT_AGENT_ADDR", "VAULT_WRAP_TTL"];
  const names = [...links, ...agents, ...tools];
  deepEqual(explain(Object.fromEntries(names.map((name) => [name, "x"]))), []);
});

Deno.test("a Vault name is a mistake up to a distance of two", () => {
  match(
    explain({ VAULT_TOKNE_FIEL: "x" })[0] ?? "",
    /^VAULT_TOKNE_FIEL is not a setting: did you mean VAULT_TOKEN_FILE\? If the application reads it, name it in CLOUDTASER_PASSTHROUGH$/,
  );
  const others = ["VAULT_TOKNE_FIELS", "VAULT_HOST", "VAULT_URI", "BAO_URL"];
  deepEqual(explain(Object.fromEntries(others.map((name) => [name, "x"]))), []);
});

Deno.test("a name like a Service's is refused if there is no such Service", () => {
  equal(explain({ CLOUDTASER_LISTEN_PORT: "8199" }).length, 1);
  equal(
    explain({ CLOUDTASER_SERVICE_HOST: "x", CLOUDTASER_PORTS: "x" }).length,
    1,
  );
});

Deno.test("an application's own VAULT_ variable is refused with a way out, which works without secrets", () => {
  const names = [
    "VAULT_PATH",
    "VAULT_CERT",
    "VAULT_ENV_DELAY",
    "BAO_LOG_LEVEL",
  ];
  for (const name of names) {
    throws(() => load({ [name]: "x" }), (error: Error) => {
      ok(error.message.startsWith(name));
      match(
        error.message,
        /[;?] if the application reads it, name it in CLOUDTASER_PASSTHROUGH$/i,
      );
      return true;
    });
    load({ [name]: "x", CLOUDTASER_PASSTHROUGH: name });
    load({ [name]: "x", CLOUDTASER_PASSTHROUGH: "*" });
  }
});

Deno.test("an empty value counts as unset", () => {
  load({ VAULT_ROLE: "", CLOUDTASER_FOO: "", VAULT_CERT: "" });
});

Deno.test("bank-vaults' names are answered with ours", () => {
  deepEqual(explain({ VAULT_ROLE: "app" }), [
    `VAULT_ROLE is not a setting: set VAULT_AUTH_ROLE instead${WAY_OUT}`,
  ]);
  deepEqual(explain({ VAULT_ROLE: "app", BAO_AUTH_ROLE: "app" }), []);
  const flags = { "vault-auth-role": "app" };
  load({ VAULT_ROLE: "app" }, { flags });
  throws(() => load({ VAULT_ROLE: "app" }), /set VAULT_AUTH_ROLE instead/);
  throws(() => load({ VAULT_ENV_DAEMON: "true" }), /has no effect: unset it/);
  load({ VAULT_ENV_DAEMON: "true", CLOUDTASER_PASSTHROUGH: "*" });
  deepEqual(explain({ BAO_TRANSIT_BATCH_SIZE: "25" }), [
    `BAO_TRANSIT_BATCH_SIZE has no effect: unset it, the wrapper decrypts all in one request${WAY_OUT}`,
  ]);
  deepEqual(explain({ SECRET_INIT_LOG_LEVEL: "debug" }), [
    `SECRET_INIT_LOG_LEVEL is not a setting: set CLOUDTASER_LOG_LEVEL instead${WAY_OUT}`,
  ]);
  deepEqual(explain({ SECRET_INIT_DELAY: "5s" }), [
    `SECRET_INIT_DELAY has no effect: unset it, the wrapper retries until CLOUDTASER_VAULT_DEADLINE${WAY_OUT}`,
  ]);
  // An application's own.
  deepEqual(explain({ SECRET_INIT_ROLE: "x", SECRET_INITS: "y" }), []);
});

Deno.test("every name that MIGRATION.md replaces is answered", async () => {
  const [section = ""] = /\n## bank-vaults[\s\S]*?\n## /.exec(
    await Deno.readTextFile(MIGRATION),
  ) ?? [];
  const rows = [...section.matchAll(/^\| (.*?) +\| (.*?) +\|$/gm)];
  const renamed = rows.flatMap(([, before = "", after = ""]) =>
    [...before.matchAll(/`((?:VAULT|SECRET_INIT)_[A-Z_]+)`/g)].map((
      [, name = ""],
    ) => ({
      name,
      after,
    }))
  ).filter(({ name, after }) => !new RegExp(`\`${name}[\`=]`).test(after));
  ok(renamed.length >= 10, `${renamed.length} names`);
  for (const { name, after } of renamed) {
    const [problem = ""] = explain({ [name]: "x" });
    const [, offered] = /: set (\S+) instead/.exec(problem) ?? [];
    match(problem, / instead;|has no effect/, name);
    ok(after.includes(offered ?? "nothing"), `${name}: ${problem}`);
  }
});

Deno.test("the agent refuses misspelt names, but leaves Vault's to others", async () => {
  const variables = makeVariables({
    CLOUDTASER_AGENT_LOK: "on",
    CLOUDTASER_ORIGINAL_CMD: "app",
    VAULT_ROLE: "app",
  });
  const unknown = await findUnknownNames(variables, new Map());
  throws(
    () => loadAgentConfig(new Map(), variables, unknown),
    /^ConfigError: CLOUDTASER_AGENT_LOK is not a setting: did you mean CLOUDTASER_AGENT_LOCK\?$/,
  );
});

Deno.test("measureDistance() counts single mistakes", () => {
  equal(measureDistance("score", "score"), 0);
  equal(measureDistance("scoer", "score"), 1);
  equal(measureDistance("scor", "score"), 1);
  equal(measureDistance("sccore", "score"), 1);
  equal(measureDistance("scare", "score"), 1);
  equal(measureDistance("", "score"), 5);
  equal(measureDistance("kitten", "sitting"), 3);
});

Deno.test("findNearest() offers nothing for a name that is far from all", () => {
  equal(findNearest("--x", ["-h", "-V", "--help"], /^-+/), undefined);
  equal(findNearest("-v", ["-h", "-V", "--help"], /^-+/), "-V");
  equal(findNearest("--bogus", ["--events", "--listen"], /^-+/), undefined);
});
