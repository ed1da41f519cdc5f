/** The settings: every kind of value, every mistake, all mistakes in one error. */
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { loadConfig, readLogSettings } from "@/config/load.ts";
import { SETTINGS } from "@/config/settings.ts";
import type { Variable } from "@/config/reader.ts";
import { ConfigError } from "@/base/errors.ts";

const CHECKS = ["memfd_secret", "mlock", "ebpf_connected"];

function variables(env: Record<string, string>): Variable[] {
  return Object.entries(env).map(([name, value]) => ({
    name,
    text: () => value,
    latin1: () => String.fromCharCode(...new TextEncoder().encode(value)),
    mayRefer: value.includes("vault:") || value.includes("bao:"),
  }));
}

function load(
  env: Record<string, string>,
  flags: Record<string, string> = {},
  secrets: string[] = [],
) {
  return loadConfig({
    flags: new Map(Object.entries(flags)),
    variables: variables(env),
    secrets: new Set(secrets),
    checks: CHECKS,
    maximum: 75,
    wholeMaximum: 105,
    tokenNames: [],
    secretProblems: [],
  });
}

const VAULT = { VAULT_ADDR: "https://v:8200", VAULT_TOKEN_FILE: "/t" };

Deno.test("loadConfig() gives defaults for an empty environment", () => {
  const config = load({});
  equal(config.minimum, 0);
  equal(config.vault, undefined);
  equal(config.listen, ":8199");
  equal(config.stopGraceMs, 25_000);
  deepEqual(config.stopSignals, [15, 2]);
  deepEqual(config.onRotate, { kind: "none" });
});

Deno.test("loadConfig() reads stop signals in their order", () => {
  const names = "SIGQUIT, term,RTMIN+3 2";
  const { stopSignals } = load({ CLOUDTASER_STOP_SIGNALS: names });
  deepEqual(stopSignals, [3, 15, 37, 2]);
});

for (const nothing of ["", " ", ","]) {
  Deno.test(`loadConfig() refuses stop signals ${JSON.stringify(nothing)}`, () =>
    throws(
      () => load({ CLOUDTASER_STOP_SIGNALS: nothing }),
      { name: "ConfigError", message: /^CLOUDTASER_STOP_SIGNALS is empty: / },
    ));
}

for (const wrong of ["KILL", "STOP", "CHLD", "32", "33", "65", "TREM"]) {
  Deno.test(`loadConfig() refuses the stop signal ${wrong}`, () =>
    throws(
      () => load({ CLOUDTASER_STOP_SIGNALS: `TERM,${wrong}` }),
      new RegExp(
        `^ConfigError: CLOUDTASER_STOP_SIGNALS names "${wrong}", which cannot be forwarded: use`,
      ),
    ));
}

Deno.test("loadConfig() prefers the flag, and takes BAO_ as VAULT_", () => {
  const one = { VAULT_TOKEN_FILE: "/t", A: "vault:p#f" };
  const both = { ...one, VAULT_ADDR: "https://v", BAO_ADDR: "https://b" };
  const address = (env: Record<string, string>, flags = {}) =>
    load(env, flags).vault?.address;
  equal(address({ ...one, BAO_ADDR: "https://b" }), "https://b");
  equal(address({ ...both, BAO_ADDR: " https://v " }), "https://v");
  equal(address(both, { "vault-addr": "https://f" }), "https://f");
});

for (
  const { name } of SETTINGS.filter(({ name }) => name.startsWith("VAULT_"))
) {
  const twin = name.replace("VAULT_", "BAO_");
  Deno.test(`loadConfig() refuses ${name} and ${twin} that differ`, () => {
    const env = { ...VAULT, [name]: "/1", [twin]: "/2", A: "bao:p#f" };
    throws(() => load(env), new RegExp(`${name} and ${twin} differ: set one`));
    // Without a request for secrets there is no error.
    load({ [name]: "/1", [twin]: "/2" });
  });
}

Deno.test("loadConfig() reads VAULT_ when its BAO_ alias is empty", () => {
  const env = { ...VAULT, BAO_ADDR: "", A: "vault:p#f" };
  equal(load(env).vault?.address, "https://v:8200");
});

const REFUSED: [string, Record<string, string>, RegExp][] = [
  [
    "an unparsable minimum",
    { CLOUDTASER_MIN_PROTECTION_SCORE: "high" },
    /CLOUDTASER_MIN_PROTECTION_SCORE is "high".*0 to 75/,
  ],
  [
    "an empty minimum",
    { CLOUDTASER_MIN_PROTECTION_SCORE: "" },
    /CLOUDTASER_MIN_PROTECTION_SCORE is ""/,
  ],
  ...["CLOUDTASER_REQUIRE_CHECKS", "CLOUDTASER_INTERPOSE"].flatMap((name) =>
    ["", ",", " , ,"].map((value): [string, Record<string, string>, RegExp] => [
      `${name}=${JSON.stringify(value)}`,
      { [name]: value },
      new RegExp(`^${name} is "[ ,]*": set a value, or unset it$`),
    ])
  ),
  [
    "a policy for later without content",
    { CLOUDTASER_ON_DEGRADE: "" },
    /CLOUDTASER_ON_DEGRADE is ""/,
  ],
  [
    "checks to count without content",
    { CLOUDTASER_SCORE_CHECKS: " " },
    /CLOUDTASER_SCORE_CHECKS is " "/,
  ],
  [
    "paths that name none",
    { CLOUDTASER_SECRET_PATHS: "," },
    /CLOUDTASER_SECRET_PATHS is ","/,
  ],
  [
    "an authority without content, which would trust all public ones",
    { ...VAULT, A: "vault:p#f", VAULT_CACERT: "" },
    /VAULT_CACERT is ""/,
  ],
  [
    "a minimum above the maximum",
    { CLOUDTASER_MIN_PROTECTION_SCORE: "76" },
    /0 to 75/,
  ],
  ["a negative minimum", { CLOUDTASER_MIN_PROTECTION_SCORE: "-1" }, /0 to 75/],
  [
    "a minimum with a fraction",
    { CLOUDTASER_MIN_PROTECTION_SCORE: "55.5" },
    /0 to 75/,
  ],
  [
    "an unknown check",
    { CLOUDTASER_REQUIRE_CHECKS: "memfd_secret,memfd" },
    /names "memfd", which is not a check; available: memfd_secret/,
  ],
  [
    "a reference without a field",
    { ...VAULT, DB: "vault:secret/data/app" },
    /DB is an invalid reference: use vault:PATH#FIELD/,
  ],
  [
    "a reference with an empty field",
    { ...VAULT, DB: "vault:p#" },
    /the field after # is empty/,
  ],
  [
    "a reference with a bad version",
    { ...VAULT, DB: "vault:p#f#x" },
    /version/,
  ],
  [
    "a bad inline reference",
    { ...VAULT, DB: "pg://${vault:p}@x" },
    /DB is an invalid reference/,
  ],
  [
    "a setting of ours as a reference",
    { ...VAULT, BAO_NAMESPACE: "vault:p#f" },
    /BAO_NAMESPACE is a setting of the wrapper/,
  ],
  ["the same name twice", {
    ...VAULT,
    CLOUDTASER_SECRET_PATHS: "p",
    CLOUDTASER_ENV_MAP: "a=X,b=X",
  }, /X is set from two secrets/],
  ["more groups than paths", {
    ...VAULT,
    CLOUDTASER_SECRET_PATHS: "p",
    CLOUDTASER_ENV_MAP: "a=X;b=Y",
  }, /2 groups for 1 paths/],
  [
    "a map without paths",
    { CLOUDTASER_ENV_MAP: "a=X" },
    /without CLOUDTASER_SECRET_PATHS/,
  ],
  ["a pair without a name", {
    ...VAULT,
    CLOUDTASER_SECRET_PATHS: "p",
    CLOUDTASER_ENV_MAP: "a",
  }, /use FIELD=VARIABLE/],
  ["secrets without an address", {
    CLOUDTASER_SECRET_PATHS: "p",
    VAULT_TOKEN_FILE: "/t",
  }, /VAULT_ADDR is not set/],
  ["an address that is none", {
    ...VAULT,
    VAULT_ADDR: "vault:8200",
    A: "vault:p#f",
  }, /VAULT_ADDR is "vault:8200"/],
  ["a certificate without its key", {
    ...VAULT,
    VAULT_CLIENT_CERT: "/c",
    A: "vault:p#f",
  }, /Only one of VAULT_CLIENT_CERT and VAULT_CLIENT_KEY is set/],
  ["jwt without a role", {
    VAULT_ADDR: "https://v",
    VAULT_AUTH_METHOD: "jwt",
    A: "vault:p#f",
  }, /VAULT_AUTH_ROLE is not set: jwt auth needs a role/],
  [
    "kubernetes without a role",
    { VAULT_ADDR: "https://v", A: "vault:p#f" },
    /No token is set, so kubernetes auth is assumed.*set VAULT_AUTH_ROLE or/,
  ],
  ["a bad duration", { CLOUDTASER_SCORE_INTERVAL: "soon" }, /duration/],
  [
    "a bad choice",
    { CLOUDTASER_ON_DEGRADE: "panic" },
    /use warn or terminate/,
  ],
  [
    "a bad signal",
    { CLOUDTASER_ON_ROTATE: "signal:NOPE" },
    /CLOUDTASER_ON_ROTATE/,
  ],
  [
    "a namespace that would be two header lines",
    { ...VAULT, VAULT_NAMESPACE: "a\r\nx-evil: 1", A: "vault:p#f" },
    /^VAULT_NAMESPACE contains a character/,
  ],
  [
    "an address with a query",
    { ...VAULT, VAULT_ADDR: "https://v:8200?key=hunter2", A: "vault:p#f" },
    /^VAULT_ADDR is a value that contains \?: use/,
  ],
  [
    "an address with a fragment",
    { ...VAULT, VAULT_ADDR: "https://v:8200/#x", A: "vault:p#f" },
    /^VAULT_ADDR is "https:\/\/v:8200\/#x"/,
  ],
  [
    "an allowed host with a port",
    {
      CLOUDTASER_ALLOWED_HOSTS: "a.example,b.example:8199",
    },
    /CLOUDTASER_ALLOWED_HOSTS contains "b\.example:8199": use names without a port/,
  ],
  [
    "every host as an allowed one",
    { CLOUDTASER_ALLOWED_HOSTS: "*" },
    /CLOUDTASER_ALLOWED_HOSTS contains "\*"/,
  ],
  ["a bad port", { CLOUDTASER_LISTEN: "0.0.0.0:99999" }, /CLOUDTASER_LISTEN/],
];

for (const [what, env, message] of REFUSED) {
  Deno.test(`loadConfig() refuses ${what}`, () => {
    throws(() => load(env), (error) => {
      ok(error instanceof ConfigError);
      equal(error.exitCode, 78);
      match(error.message, message);
      equal(error.message.includes("\n"), false);
      return true;
    });
  });
}

Deno.test("loadConfig() accepts any mapped name, also one that selects code", () => {
  const { plan } = load({
    ...VAULT,
    CLOUDTASER_SECRET_PATHS: "p",
    CLOUDTASER_ENV_MAP: "f=LD_PRELOAD",
    PATH: "vault:p#f",
    VAULT_FORMAT: "vault:p#f",
  });
  deepEqual(plan.deliveries.map(({ name }) => name), [
    "LD_PRELOAD",
    "PATH",
    "VAULT_FORMAT",
  ]);
});

Deno.test("loadConfig() lists all mistakes in one error", () => {
  throws(
    () =>
      load({ CLOUDTASER_MIN_PROTECTION_SCORE: "x", CLOUDTASER_LISTEN: "y" }),
    /MIN_PROTECTION_SCORE.*; .*|LISTEN.*; .*MIN/,
  );
});

Deno.test("loadConfig() does not quote an address with a password", () => {
  throws(
    () =>
      load({
        ...VAULT,
        VAULT_ADDR: "https://u:hunter2@v:8200",
        A: "vault:p#f",
      }),
    (error: Error) => !error.message.includes("hunter2"),
  );
});

Deno.test("loadConfig() reads map, references and inline references into one plan", () => {
  const { plan } = load({
    ...VAULT,
    CLOUDTASER_SECRET_PATHS: "secret/data/db, secret/data/api#4",
    CLOUDTASER_ENV_MAP: "password=PGPASSWORD,username=PGUSER;key=API_KEY",
    DSN: "pg://ü:${vault:secret/data/db#password}@h",
    TOKEN_X: "bao:kv/x#a b#7",
  });
  deepEqual(plan.bulk, []);
  deepEqual(plan.deliveries, [
    {
      name: "PGPASSWORD",
      parts: [{ path: "secret/data/db", field: "password" }],
    },
    { name: "PGUSER", parts: [{ path: "secret/data/db", field: "username" }] },
    {
      name: "API_KEY",
      parts: [{ path: "secret/data/api", version: 4, field: "key" }],
    },
    {
      name: "DSN",
      parts: [
        { text: "pg://Ã¼:" },
        { path: "secret/data/db", field: "password" },
        { text: "@h" },
      ],
    },
    { name: "TOKEN_X", parts: [{ path: "kv/x", field: "a b", version: 7 }] },
  ]);
});

Deno.test("loadConfig() reads every field of a path that has no map", () => {
  const { plan } = load({ ...VAULT, CLOUDTASER_SECRET_PATHS: "a,b" });
  deepEqual(plan, { deliveries: [], bulk: [{ path: "a" }, { path: "b" }] });
});

Deno.test("readLogSettings() never throws", () => {
  deepEqual(
    readLogSettings(new Map(), variables({ CLOUDTASER_LOG_LEVEL: "loud" })),
    {
      level: "info",
      format: "text",
    },
  );
});

Deno.test("SETTINGS have one name and one meaning each", () => {
  equal(new Set(SETTINGS.map((s) => s.name)).size, SETTINGS.length);
  for (const { name, help } of SETTINGS) ok(help.length > 0, name);
});
