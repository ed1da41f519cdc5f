/** Values: every kind of field as bytes, and fields that an environment variable cannot hold. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError } from "@/base/errors.ts";
import type { Part, Plan } from "@/protocol/fetcher/plan.ts";
import {
  type JsonObject,
  member,
  parseExact,
} from "../../../src/fetcher/vault/client/json.ts";
import type { Secret } from "../../../src/fetcher/vault/secrets/read.ts";
import { secretKey } from "../../../src/fetcher/vault/secrets/requests.ts";
import { compileTemplates } from "../../../src/fetcher/vault/secrets/templates.ts";
import {
  makeValues,
  refuseNames,
} from "../../../src/fetcher/vault/secrets/values.ts";
import { loadTemplates } from "./fake_vault.ts";

const PATH = "secret/data/app";

function secretsOf(json: string, path = PATH): Map<string, Secret> {
  const fields = JSON.parse(json) as JsonObject;
  const exact = () => parseExact(json) as JsonObject;
  return new Map([[secretKey({ path }), { path, fields, exact }]]);
}

function deliver(json: string, parts: readonly Part[], name = "NAME") {
  const plan: Plan = { deliveries: [{ name, parts }], bulk: [] };
  const [value] = makeValues(plan, secretsOf(json));
  assert.ok(value);
  return value;
}

function textOf(json: string): string {
  const { bytes } = deliver(json, [{ path: PATH, field: "f" }]);
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

const TEXTS: readonly (readonly [string, string])[] = [
  ['"plain"', "plain"],
  ['""', ""],
  ['"ü€😀"', "ü€😀"],
  ['"line\\nfeed\\ttab"', "line\nfeed\ttab"],
  ["12345678901234567890", "12345678901234567890"],
  ["1.0", "1.0"],
  ["1e400", "1e400"],
  ["-0", "-0"],
  ["true", "true"],
  ["false", "false"],
  ['{"a": 1.50, "b": [true, null, "x"]}', '{"a":1.50,"b":[true,null,"x"]}'],
  ["[ 1, 2 ]", "[1,2]"],
];

for (const [json, text] of TEXTS) {
  Deno.test(`makeValues() writes ${json} as ${JSON.stringify(text)}`, () => {
    assert.equal(textOf(`{"f":${json}}`), text);
  });
}

Deno.test("makeValues() keeps any text byte for byte", () => {
  const text = fc.string({ unit: "binary", maxLength: 200 })
    .filter((t) => t.isWellFormed() && !t.includes("\0"));
  fc.assert(fc.property(text, (t) => {
    assert.equal(textOf(JSON.stringify({ f: t })), t);
  }));
});

Deno.test("makeValues() writes any JSON so that it reads the same", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    fc.pre(typeof value === "object" && value !== null);
    const json = JSON.stringify({ f: value });
    fc.pre(!json.includes("__proto__"));
    assert.deepEqual(
      JSON.parse(textOf(json)),
      JSON.parse(JSON.stringify(value)),
    );
  }));
});

Deno.test("makeValues() records the secret parts of a composed value", () => {
  const field = fc.record({ user: fc.string(), pass: fc.string() });
  fc.assert(fc.property(field, ({ user, pass }) => {
    fc.pre(![user, pass].some((t) => t.includes("\0") || !t.isWellFormed()));
    const value = deliver(JSON.stringify({ user, pass }), [
      { text: "pg://\xff" },
      { path: PATH, field: "user" },
      { text: ":" },
      { path: PATH, field: "pass" },
      { text: "@db" },
    ]);
    const found = value.secretRanges.map(({ start, length }) =>
      new TextDecoder().decode(value.bytes.subarray(start, start + length))
    );
    assert.deepEqual(found, [user, pass].filter((t) => t !== ""));
    assert.equal(value.bytes[5], 0xff);
  }));
});

function refuses(json: string, parts: readonly Part[], ...words: RegExp[]) {
  assert.throws(() => deliver(json, parts, "PW"), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    for (const word of words) assert.match(error.message, word);
    assert.doesNotMatch(error.message, /hunter2|[\n\0]/);
    return true;
  });
}

const F: Part = { path: PATH, field: "f" };

Deno.test("makeValues() refuses NUL, lone surrogates, and missing fields", () => {
  refuses('{"f":"hunter2\\u0000"}', [F], /PW/, /secret\/data\/app/, /NUL/);
  refuses('{"f":"hunter2\\ud800"}', [F], /Unicode/);
  refuses('{"user":"hunter2","x":"y"}', [F], /PW/, /\bf\b/, /user, x/);
  refuses("{}", [F], /no fields/);
});

Deno.test("makeValues() lists at most ten fields, each of bounded length", () => {
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [`${i}${"k".repeat(500)}`, "v"]),
  );
  assert.throws(() => deliver(JSON.stringify(many), [F]), (error: unknown) => {
    assert.ok(error instanceof Error);
    assert.ok(error.message.length < 1200);
    assert.match(error.message, /and 490 more/);
    return true;
  });
});

Deno.test("makeValues() treats null and members of Object.prototype as missing", () => {
  refuses('{"f":null}', [F], /no field f in "secret\/data\/app"/);
  for (const field of ["constructor", "toString", "__proto__"]) {
    const words = /: no field .* in "secret\/data\/app"/;
    refuses("{}", [{ path: PATH, field }], words);
  }
});

Deno.test("makeValues() fills the kernel's limit and refuses one byte more", () => {
  const limit = 131_072 - "PW".length - 2;
  const json = (n: number) => JSON.stringify({ f: "x".repeat(n) });
  assert.equal(deliver(json(limit), [F], "PW").bytes.length, limit);
  refuses(json(limit + 1), [F], /PW/, new RegExp(`${limit + 1}`), /128 KiB/);
  refuses(json(limit), [{ text: "y" }, F], /128 KiB/);
});

function bulk(json: string, names: readonly string[] = []) {
  const deliveries = names.map((name) => ({
    name,
    parts: [{ text: "literal" }],
  }));
  return makeValues({ deliveries, bulk: [{ path: PATH }] }, secretsOf(json));
}

Deno.test("makeValues() gives each field of a bulk path under its own name", () => {
  const values = bulk('{"A":"1","B":2.0,"C":null}');
  const texts = values.map((v) => [v.name, new TextDecoder().decode(v.bytes)]);
  assert.deepEqual(texts, [["A", "1"], ["B", "2.0"]]);
});

for (const name of ["1A", "A-B", "", "A=B", "Ä"]) {
  Deno.test(`makeValues() refuses the bulk field ${JSON.stringify(name)}`, () => {
    assert.throws(() => bulk(JSON.stringify({ [name]: "v" })), ConfigError);
  });
}

/** At least one name of every program that runs code named in its environment. */
const STEERING = `PATH LD_PRELOAD LD_X HOME IFS ENV BASH_ENV SHELLOPTS PS4
  BASH_FUNC_x%% NODE_OPTIONS NODE_PATH PERL5OPT PERL5LIB PERL5DB PYTHONSTARTUP
  PYTHONPATH PYTHONHOME PYTHONINSPECT PYTHONWARNINGS JAVA_TOOL_OPTIONS
  _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH RUBYOPT RUBYLIB GEM_PATH PHPRC
  PHP_INI_SCAN_DIR DOTNET_STARTUP_HOOKS CORECLR_PROFILER CORECLR_PROFILER_PATH
  COR_PROFILER DYLD_INSERT_LIBRARIES GCONV_PATH GLIBC_TUNABLES LOCPATH
  MALLOC_TRACE GIT_SSH_COMMAND GIT_CONFIG_COUNT SSL_CERT_FILE HTTPS_PROXY
  https_proxy OPENSSL_CONF OPENSSL_MODULES LUA_INIT_5_4 LUA_CPATH PAGER
  VAULT_TOKEN VAULT_ADDR BAO_ADDR CLOUDTASER_LISTEN DENO_DIR
  KUBERNETES_SERVICE_HOST JAVA_OPTS KAFKA_OPTS ES_JAVA_OPTS HADOOP_OPTS
  SPARK_SUBMIT_OPTS TAR_OPTIONS RSYNC_RSH CVS_RSH CAML_LD_LIBRARY_PATH
  ODBCSYSINI ODBCINI TNS_ADMIN ORACLE_HOME MYSQL_HOME XDEBUG_CONFIG OPENSC_CONF
  GI_TYPELIB_PATH VK_LAYER_PATH LUAROCKS_CONFIG MAKEFLAGS RUSTC_WRAPPER
  ANSIBLE_CONFIG ANSIBLE_LIBRARY COMPOSER_HOME HGRCPATH GNUPGHOME GHCRTS
  OCAMLRUNPARAM ELECTRON_RUN_AS_NODE NODE_REDIRECT_WARNINGS DOCKER_HOST
  AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 PGHOSTADDR PGOPTIONS no_proxy grpc_proxy
  SOCKS_PROXY HTTPS_proxy http_Proxy`.split(/\s+/);

for (const name of STEERING) {
  Deno.test(`makeValues() accepts ${name} when it is mapped, not in bulk`, () => {
    const json = JSON.stringify({ [name]: "v" });
    const words =
      `Refusing field "?${name}"? of "${PATH}": .*CLOUDTASER_ENV_MAP`;
    assert.throws(() => bulk(json), {
      name: "ConfigError",
      message: new RegExp(words),
    });
    const { bytes } = deliver(json, [{ path: PATH, field: name }], name);
    assert.equal(new TextDecoder().decode(bytes), "v");
  });
}

Deno.test("makeValues() accepts other names in bulk", () => {
  const names = `PGPASSWORD GIT_TOKEN NPM_TOKEN NODE_ENV path home env shell
    PATH2 MY_LD_PRELOAD AWS_SECRET_ACCESS_KEY LUA SPRING_DATASOURCE_PASSWORD
    PGHOST MYSQL_HOST db_opts OPTS KAFKA_OPTS_2 PROXY HTTP_PROXY_PASSWORD
    AWS_ENDPOINT_URLS ANSIBLE_VAULT_PASSWORD`
    .split(/\s+/);
  const json = JSON.stringify(Object.fromEntries(names.map((n) => [n, "v"])));
  assert.deepEqual(bulk(json).map(({ name }) => name), names);
});

Deno.test("makeValues() makes one value of a field that is mapped to its own name and read in bulk", () => {
  const name = "NODE_OPTIONS";
  const plan = (field: string, path = PATH): Plan => ({
    deliveries: [{ name, parts: [{ path, field }] }],
    bulk: [{ path: PATH }],
  });
  const json = JSON.stringify({ [name]: "mapped", other: "o" });
  const values = makeValues(plan(name), secretsOf(json));
  assert.deepEqual(values.map((v) => v.name), [name, "other"]);
  assert.throws(
    () => makeValues(plan("other"), secretsOf(json)),
    /Refusing field NODE_OPTIONS of "secret\/data\/app"/,
  );
});

Deno.test("makeValues() refuses one name from two places, and names it", () => {
  const words = /A is set from two secrets.*app/;
  assert.throws(() => bulk('{"A":"1"}', ["A"]), words);
  assert.throws(() => bulk('{"B":"1"}', ["A", "A"]), /A is set from two/);
});

Deno.test("refuseNames() refuses invalid names before any read", () => {
  const plan = (name: string): Plan => {
    return { deliveries: [{ name, parts: [F] }], bulk: [] };
  };
  assert.throws(() => refuseNames(plan("A B")), ConfigError);
  refuseNames(plan("DB_PASSWORD"));
  refuseNames(plan("LD_PRELOAD"));
});

Deno.test("parseExact() keeps numbers as they were written", () => {
  fc.assert(
    fc.property(
      fc.bigInt(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (i, d) => {
        const text = `{"i":${i},"d":${JSON.stringify(d)}}`;
        assert.equal(JSON.stringify(parseExact(text)), text);
      },
    ),
  );
});

Deno.test("member() sees own members only", () => {
  assert.equal(member({}, "toString"), undefined);
  assert.equal(member(null, "a"), undefined);
  assert.equal(member(["a"], "0"), undefined);
});

/** Values of parts that are more than a field, and the texts that are secret in them. */
async function deliverPart(json: string, part: Part) {
  const request = "path" in part ? part : { path: PATH };
  const fields = JSON.parse(json) as JsonObject;
  const exact = () => parseExact(json) as JsonObject;
  const secrets = new Map([[secretKey(request), {
    path: PATH,
    fields,
    exact,
  }]]);
  const plan: Plan = {
    deliveries: [{ name: "NAME", parts: [part] }],
    bulk: [],
  };
  const templates = await compileTemplates(plan, loadTemplates);
  const [value] = makeValues(plan, secrets, { templates });
  assert.ok(value);
  const { bytes, secretRanges } = value;
  const text = new TextDecoder().decode(bytes);
  return {
    text,
    secret: secretRanges.map(({ start, length }) =>
      text.slice(start, start + length)
    ),
  };
}

Deno.test("makeValues() counts as secret what a template writes, but not what stands in it", async () => {
  const json = '{"user":"app","password":"hunter2"}';
  const made = (template: string) =>
    deliverPart(json, { path: PATH, template });
  assert.deepEqual(await made("pg://${.user}:${.password | upper}@db"), {
    text: "pg://app:HUNTER2@db",
    secret: ["app", "HUNTER2"],
  });
  assert.deepEqual(await made('${.gone | default "public-default"}'), {
    text: "public-default",
    secret: [],
  });
});

Deno.test("makeValues() does not count as secret what the pod's own data repeats", async () => {
  const write = '{"name":"public-name"}';
  const json = '{"name":"public-name","secret":"hunter2"}';
  const field = (name: string) =>
    deliverPart(json, { path: PATH, write, field: name });
  assert.deepEqual((await field("name")).secret, []);
  assert.deepEqual((await field("secret")).secret, ["hunter2"]);
});

Deno.test("makeValues() keeps bytes of templates, and refuses NUL", async () => {
  const json = '{"f":"/w==","nul":"AGE="}';
  const plan = (template: string): Plan => ({
    deliveries: [{ name: "NAME", parts: [{ path: PATH, template }] }],
    bulk: [],
  });
  const make = async (text: string) => {
    const templates = await compileTemplates(plan(text), loadTemplates);
    return makeValues(plan(text), secretsOf(json), { templates });
  };
  const [value] = await make("${.f | b64dec}");
  assert.deepEqual(value?.bytes, new Uint8Array([0xff]));
  await assert.rejects(
    make("${.nul | b64dec}"),
    /^ConfigError: NAME cannot hold what its template makes: it contains a NUL/,
  );
});

Deno.test("makeValues() refuses what a template cannot make, without the value", async () => {
  const cases = [
    ["${.gone}", /"\$\{\.gone\}" uses a field that does not exist/],
    ["${.f | b64dec}", /gives b64dec something that is not base64/],
    ["${nosuch .f}", /calls nosuch, which is not a supported function/],
    ["${repeat 200000 `x`}", /NAME would have 200000 bytes/],
  ] as const;
  for (const [template, words] of cases) {
    await assert.rejects(
      deliverPart('{"f":"hunter2!"}', { path: PATH, template }),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  }
});

Deno.test("compileTemplates() loads nothing for a plan without templates", async () => {
  const plan: Plan = {
    deliveries: [{ name: "A", parts: [{ path: PATH, field: "f" }] }],
    bulk: [{ path: PATH }],
  };
  const compiled = await compileTemplates(
    plan,
    () => Promise.reject(new TypeError("loaded")),
  );
  assert.equal(compiled.size, 0);
});
