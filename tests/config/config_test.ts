/** The settings: every kind of value, every mistake, all mistakes in one error. */
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import { readLogSettings } from "@/config/load.ts";
import { SETTINGS } from "@/config/settings.ts";
import { load, makeVariables } from "./load_config.ts";

const VAULT = { VAULT_ADDR: "https://v:8200", VAULT_TOKEN_FILE: "/t" };
const A = "vault:p#f";

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

Deno.test("loadConfig() prefers the flag, and reads BAO_ as VAULT_", () => {
  const one = { VAULT_TOKEN_FILE: "/t", A };
  const both = { ...one, VAULT_ADDR: "https://v", BAO_ADDR: "https://b" };
  const address = (env: Record<string, string>, flags = {}) =>
    load(env, { flags }).vault?.address;
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
    if (!name.endsWith("FROM_PATH")) load({ [name]: "/1", [twin]: "/2" });
  });
}

Deno.test("loadConfig() reads VAULT_ when its BAO_ alias is empty", () => {
  const env = { ...VAULT, BAO_ADDR: "", A };
  equal(load(env).vault?.address, "https://v:8200");
});

/** A setting, its value, and words of the error. */
const INVALID: readonly (readonly [string, string, RegExp])[] = [
  ["CLOUDTASER_MIN_PROTECTION_SCORE", "high", /is "high".*0 to 75/],
  ["CLOUDTASER_MIN_PROTECTION_SCORE", "", /is ""/],
  ["CLOUDTASER_MIN_PROTECTION_SCORE", "76", /0 to 75/],
  ["CLOUDTASER_MIN_PROTECTION_SCORE", "-1", /0 to 75/],
  ["CLOUDTASER_MIN_PROTECTION_SCORE", "55.5", /0 to 75/],
  ...["CLOUDTASER_REQUIRE_CHECKS", "CLOUDTASER_INTERPOSE"].flatMap((name) =>
    ["", ",", " , ,"].map((value) =>
      [name, value, /^\w+ is "[ ,]*": set a value, or unset it$/] as const
    )
  ),
  ...["", " ", ","].map((value) =>
    [
      "CLOUDTASER_STOP_SIGNALS",
      value,
      /^CLOUDTASER_STOP_SIGNALS is empty: /,
    ] as const
  ),
  ...["KILL", "STOP", "CHLD", "32", "33"].map((wrong) =>
    [
      "CLOUDTASER_STOP_SIGNALS",
      `TERM,${wrong}`,
      new RegExp(`^\\w+ names "${wrong}", which cannot be forwarded: use`),
    ] as const
  ),
  ...["65", "TREM"].map((wrong) =>
    [
      "CLOUDTASER_STOP_SIGNALS",
      `TERM,${wrong}`,
      new RegExp(`^\\w+ names "${wrong}", which is not a signal: use`),
    ] as const
  ),
  ["CLOUDTASER_ON_DEGRADE", "", /is ""/],
  ["CLOUDTASER_ON_DEGRADE", "panic", /use warn or terminate/],
  ["CLOUDTASER_SCORE_CHECKS", " ", /is " "/],
  ["CLOUDTASER_REQUIRE_ATTESTATION_CHAIN", "ture", /is "ture".*true/],
  ["CLOUDTASER_REQUIRE_ATTESTATION_CHAIN", "", /is "": set a value, or unset/],
  ["CLOUDTASER_SECRET_PATHS", ",", /is ","/],
  [
    "CLOUDTASER_REQUIRE_CHECKS",
    "memfd_secret,memfd",
    /names "memfd", which is not a check; available: memfd_secret/,
  ],
  ["CLOUDTASER_ENV_MAP", "a=X", /without CLOUDTASER_SECRET_PATHS/],
  ["CLOUDTASER_SCORE_INTERVAL", "soon", /duration/],
  ["CLOUDTASER_ON_ROTATE", "signal:NOPE", /CLOUDTASER_ON_ROTATE/],
  [
    "CLOUDTASER_ALLOWED_HOSTS",
    "a.example,b.example:8199",
    /contains "b\.example:8199": use names without a port/,
  ],
  ["CLOUDTASER_ALLOWED_HOSTS", "*", /contains "\*"/],
  ...["0.0.0.0:99999", "8199", "host"].map((wrong) =>
    [
      "CLOUDTASER_LISTEN",
      wrong,
      /: use :PORT or HOST:PORT with a port up to 65535, or off$/,
    ] as const
  ),
];

function refuses(env: Record<string, string>, ...words: RegExp[]): void {
  throws(() => load(env), (error) => {
    ok(error instanceof ConfigError);
    equal(error.exitCode, 78);
    for (const word of words) match(error.message, word);
    equal(error.message.includes("\n"), false);
    return true;
  });
}

for (const [name, value, words] of INVALID) {
  Deno.test(`loadConfig() refuses ${name}=${JSON.stringify(value)}`, () =>
    refuses({ [name]: value }, words, new RegExp(name)));
}

/** Variables beside VAULT, and words of the error. */
const REFUSED: [string, Record<string, string>, RegExp][] = [
  [
    "an empty authority, which would trust all public ones",
    { A, VAULT_CACERT: "" },
    /VAULT_CACERT is ""/,
  ],
  [
    "a reference without a field",
    { DB: "vault:secret/data/app" },
    /DB is an invalid reference: use vault:PATH#FIELD/,
  ],
  [
    "a reference with an empty field",
    { DB: "vault:p#" },
    /the field after # is empty/,
  ],
  ["a reference with a bad version", { DB: "vault:p#f#x" }, /version/],
  [
    "a bad inline reference",
    { DB: "pg://${vault:p}@x" },
    /DB is an invalid reference/,
  ],
  [
    "a setting of the wrapper as a reference",
    { BAO_NAMESPACE: A },
    /BAO_NAMESPACE is a setting of the wrapper/,
  ],
  [
    "the same name twice",
    { CLOUDTASER_SECRET_PATHS: "p", CLOUDTASER_ENV_MAP: "a=X,b=X" },
    /X is set from two secrets/,
  ],
  [
    "more groups than paths",
    { CLOUDTASER_SECRET_PATHS: "p", CLOUDTASER_ENV_MAP: "a=X;b=Y" },
    /2 groups for 1 path in CLOUDTASER_SECRET_PATHS/,
  ],
  [
    "a pair without a name",
    { CLOUDTASER_SECRET_PATHS: "p", CLOUDTASER_ENV_MAP: "a" },
    /use FIELD=VARIABLE/,
  ],
  [
    "an invalid address",
    { A, VAULT_ADDR: "vault:8200" },
    /^VAULT_ADDR is "vault:8200": use https:\/\/HOST:PORT$/,
  ],
  [
    "an address with a query",
    { A, VAULT_ADDR: "https://v:8200?key=hunter2" },
    /^VAULT_ADDR is a value that contains \?: use/,
  ],
  [
    "an address with a fragment",
    { A, VAULT_ADDR: "https://v:8200/#x" },
    /^VAULT_ADDR is "https:\/\/v:8200\/#x"/,
  ],
  [
    "an address with a password, without quoting it",
    { A, VAULT_ADDR: "https://u:hunter2@v:8200" },
    /^((?!hunter2).)*$/,
  ],
  [
    "a certificate without its key",
    { A, VAULT_CLIENT_CERT: "/c" },
    /Only one of VAULT_CLIENT_CERT and VAULT_CLIENT_KEY is set/,
  ],
  [
    "a namespace that would be two header lines",
    { A, VAULT_NAMESPACE: "a\r\nx-evil: 1" },
    /^VAULT_NAMESPACE contains a character/,
  ],
];

for (const [what, env, message] of REFUSED) {
  Deno.test(`loadConfig() refuses ${what}`, () =>
    refuses({ ...VAULT, ...env }, message));
}

Deno.test("loadConfig() refuses an address with a path of the API or the web interface", () => {
  for (
    const [path, page] of [
      ["/v1", "/v1"],
      ["/v1/", "/v1/"],
      ["/v1/secret", "/v1/secret"],
      ["/ui", "/ui"],
      ["/ui/vault/secrets", "/ui/vault/secrets"],
      ["/proxy/v1", "/v1"],
    ] as const
  ) {
    refuses(
      { ...VAULT, A, VAULT_ADDR: `https://v:8200${path}` },
      new RegExp(`^VAULT_ADDR is "https://v:8200${path}": remove ${page}, the`),
    );
  }
  for (const path of ["/proxy", "/uid", "/v10", "/a/ui/b"]) {
    load({ ...VAULT, A, VAULT_ADDR: `https://v:8200${path}` });
  }
});

Deno.test("loadConfig() refuses secrets without an address or a role", () => {
  const { VAULT_ADDR, VAULT_TOKEN_FILE } = VAULT;
  const paths = { CLOUDTASER_SECRET_PATHS: "p", VAULT_TOKEN_FILE };
  refuses(paths, /VAULT_ADDR is not set/);
  refuses(
    { VAULT_ADDR, VAULT_AUTH_METHOD: "jwt", A },
    /VAULT_AUTH_ROLE is not set: jwt auth needs a role/,
  );
  refuses(
    { VAULT_ADDR, A },
    /No token is set, so kubernetes auth is assumed.*set VAULT_AUTH_ROLE or/,
  );
  const secrets = ["VAULT_SECRET_ID"];
  for (const name of ["VAULT_ROLE_ID", "VAULT_SECRET_ID_FILE"]) {
    refuses(
      { VAULT_ADDR, A, [name]: "/r" },
      new RegExp(
        `^${name} is set, but VAULT_AUTH_METHOD is not: set VAULT_AUTH_METHOD=approle$`,
      ),
    );
  }
  throws(
    () => load({ VAULT_ADDR, A }, { secrets }),
    /^ConfigError: VAULT_SECRET_ID is set, but VAULT_AUTH_METHOD is not/,
  );
  const role = { VAULT_ROLE_ID: "r", VAULT_AUTH_ROLE: "app" };
  equal(load({ VAULT_ADDR, A, ...role }).vault?.auth.method, "kubernetes");
});

Deno.test("loadConfig() accepts any mapped name, also one that selects code", () => {
  const { plan } = load({
    ...VAULT,
    CLOUDTASER_SECRET_PATHS: "p",
    CLOUDTASER_ENV_MAP: "f=LD_PRELOAD",
    PATH: "vault:p#f",
    VAULT_FORMAT: "vault:p#f",
  });
  const names = plan.deliveries.map(({ name }) => name);
  deepEqual(names, ["LD_PRELOAD", "PATH", "VAULT_FORMAT"]);
});

Deno.test("loadConfig() lists all mistakes in one error", () => {
  const env = { CLOUDTASER_MIN_PROTECTION_SCORE: "x", CLOUDTASER_LISTEN: "y" };
  refuses(env, /MIN_PROTECTION_SCORE/, /LISTEN/, /; /);
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
  const [db, api] = ["secret/data/db", "secret/data/api"];
  const password = { path: db, field: "password" };
  deepEqual(plan.deliveries, [
    { name: "PGPASSWORD", parts: [password] },
    { name: "PGUSER", parts: [{ path: db, field: "username" }] },
    { name: "API_KEY", parts: [{ path: api, version: 4, field: "key" }] },
    { name: "DSN", parts: [{ text: "pg://Ã¼:" }, password, { text: "@h" }] },
    { name: "TOKEN_X", parts: [{ path: "kv/x", field: "a b", version: 7 }] },
  ]);
});

Deno.test("loadConfig() reads every field of a path that has no map", () => {
  const { plan } = load({ ...VAULT, CLOUDTASER_SECRET_PATHS: "a,b" });
  deepEqual(plan, { deliveries: [], bulk: [{ path: "a" }, { path: "b" }] });
});

Deno.test("readLogSettings() never throws", () => {
  const variables = makeVariables({ CLOUDTASER_LOG_LEVEL: "loud" });
  const settings = readLogSettings(new Map(), variables);
  deepEqual(settings, { level: "info", format: "text", time: "on" });
});

Deno.test("SETTINGS have one name and one meaning each", () => {
  equal(new Set(SETTINGS.map((s) => s.name)).size, SETTINGS.length);
  for (const { name, help } of SETTINGS) ok(help.length > 0, name);
});
