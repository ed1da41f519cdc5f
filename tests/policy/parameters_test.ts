/** The ConfigMap of parameters: what is refused when it is applied. */
import { deepEqual, equal, match } from "node:assert/strict";
import { parameterProblems } from "../../src/policy/evaluate/findings.ts";
import { PARAMETERS } from "../../src/policy/parameters.ts";
import { makeParameters, PARAMETER_SETS } from "./support/parameter_sets.ts";

/** Values that are refused, and values that are accepted. */
const VALUES: Readonly<Record<string, readonly [string[], string[]]>> = {
  image: [["", "a b"], ["r/w:1", "r/w@sha256:abc"]],
  vaultAddr: [["vault:8200", "https://u:p@vault", ""], [
    "https://vault:8200",
    "unix:///run/vault.sock",
  ]],
  delivery: [["image", "Copy"], ["copy", "image-volume", ""]],
  vaultCaConfigMap: [["Vault", "-a"], ["vault-ca", ""]],
  vaultRole: [["a b"], ["app"]],
  vaultAuthMount: [["a;b"], ["auth/kubernetes"]],
  vaultAudience: [["a b"], ["https://vault"]],
  vaultNamespace: [["a b"], ["team/app"]],
  minimumScore: [["76", "-1", "055", "high", " 55"], ["0", "9", "55", "75"]],
  requiredChecks: [["memfd", "mlock,", "mlock mlock"], [
    "mlock",
    "mlock,memfd_secret",
  ]],
  interpose: [["on"], ["off", "auto", "require"]],
  agentSocket: [["path"], ["claim", "hostPath", "none"]],
  statusPort: [["80", "off", "65500", "999"], ["1000", "8199", "65499"]],
  mode: [["enforce", "Deny"], ["audit", "warn", "deny"]],
  literalSecrets: [["off"], ["audit", "warn", "deny"]],
  secretPatterns: [["A B", "A,,B", "(A"], ["*PASSWORD*", "A*,b_*", "A.B"]],
  hostPaths: [["/", "srv", "/srv/", "//srv", "/a/../b", "/a/.", "/a, /b"], [
    "/srv/data",
    "/srv,/mnt/.x/a.b",
    "",
  ]],
  exec: [["off"], ["allow", "deny"]],
  exemptions: [[
    "exporter",
    "exporter metrics",
    "A b c",
    "a b c d;e",
    "a b *",
    "a b c*d",
  ], [
    "exporter metrics img:1",
    "a b c d; e f g*;\n h i j\n",
    "",
  ]],
};

Deno.test("every parameter has values that are refused and accepted", () => {
  deepEqual(Object.keys(VALUES).sort(), PARAMETERS.map((p) => p.name).sort());
});

for (const [name, [refused, accepted]] of Object.entries(VALUES)) {
  Deno.test(`parameter ${name}`, () => {
    for (const value of refused) {
      const problems = parameterProblems(makeParameters({ [name]: value }));
      equal(problems.length, 1, JSON.stringify(value));
      match(
        problems[0] ?? "",
        new RegExp(`^parameter ${name} is not valid: use`),
      );
    }
    for (const value of accepted) {
      const problems = parameterProblems(makeParameters({ [name]: value }));
      deepEqual(problems, [], JSON.stringify(value));
    }
  });
}

Deno.test("missing and unknown parameters are named", () => {
  deepEqual(parameterProblems({ data: { zebra: "1", apple: "2" } }), [
    `parameter apple is unknown; known: ${
      PARAMETERS.map(({ name }) => name).join(", ")
    }`,
    "parameter image is missing: use the image of cloudtaser-wrapper: registry/cloudtaser-wrapper:TAG",
    "parameter vaultAddr is missing: use https://HOST:PORT",
  ]);
  equal(parameterProblems({}).length, 2);
});

Deno.test("the parameters of the other tests are valid", () => {
  for (const set of Object.values(PARAMETER_SETS)) {
    deepEqual(parameterProblems(set), []);
  }
});
