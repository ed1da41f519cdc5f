/** Attempts to get around the policy. Each is refused, or leads to a pod that is protected. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { policyFindings } from "../../src/policy/evaluate/findings.ts";
import { app, inject, judge, makePod, textsOf } from "./support/judge.ts";
import { makeParameters } from "./support/parameter_sets.ts";

const WRAPPER = "/cloudtaser/cloudtaser-wrapper";

/** The command, and what the finding says. */
const COMMANDS: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    "flags",
    [WRAPPER, "--min-protection-score=0", "--", "/app"],
    /its own flags/,
  ],
  ["a flag behind a flag", [WRAPPER, "--vault-addr", "--", "/app"], /its own/],
  ["--version", [WRAPPER, "--version"], /its own flags or without/],
  ["a subcommand", [WRAPPER, "check"], /its own flags or without/],
  ["install", [WRAPPER, "install", "/data"], /its own flags/],
  ["run", [WRAPPER, "run", "/app"], /its own flags/],
  ["no application", [WRAPPER, "--"], /without an application/],
  ["nothing at all", [WRAPPER], /without an application/],
  [
    "two slashes",
    [`/${WRAPPER}`, "--", "/app"],
    /its command starts \/\/cloud/,
  ],
  ["a dot", [`/.${WRAPPER}`, "--", "/app"], /its command starts \/\.\/cloud/],
  ["another wrapper", ["/x/cloudtaser-wrapper", "--", "/app"], /starts \/x\//],
  ["found by PATH", ["cloudtaser-wrapper", "--", "/a"], /starts cloudtaser-/],
];

for (const [title, command, text] of COMMANDS) {
  Deno.test(`refused: a wrapper of its own, ${title}`, () => {
    const findings = judge(makePod([app({ command })]));
    const [first] = findings;
    equal(first?.rule, "wrapped", textsOf(findings).join("\n"));
    match(first?.text ?? "", text);
    match(first?.text ?? "", /remove that from command/);
  });
}

/** Volumes, mounts and init containers with which a container would start something else. */
const PLACES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "its own volume at the wrapper's place": {
    name: "own",
    mountPath: "/cloudtaser",
    readOnly: true,
  },
  "its own volume below": {
    name: "own",
    mountPath: `${WRAPPER}`,
    subPath: "x",
  },
  "a trailing slash": { name: "own", mountPath: "/cloudtaser/" },
  "two slashes": { name: "own", mountPath: "//cloudtaser" },
  "a dot": { name: "own", mountPath: "/./cloudtaser" },
  "a parent": { name: "own", mountPath: "/x/../cloudtaser" },
  "a relative path": { name: "own", mountPath: "cloudtaser" },
  "a trailing dot": { name: "own", mountPath: "/cloudtaser/." },
  "the root": { name: "own", mountPath: "/" },
  "a directory of the volume": {
    name: "cloudtaser",
    mountPath: "/cloudtaser",
    readOnly: true,
    subPath: "evil",
  },
  "an expanded directory of the volume": {
    name: "cloudtaser",
    mountPath: "/cloudtaser",
    readOnly: true,
    subPathExpr: "$(POD_NAME)",
  },
  "a writable mount": { name: "cloudtaser", mountPath: "/cloudtaser" },
  "a false agent": { name: "own", mountPath: "/cloudtaser-agent" },
  "a false token": { name: "own", mountPath: "/cloudtaser-vault/x" },
};

for (const [title, mount] of Object.entries(PLACES)) {
  Deno.test(`refused: a mount, ${title}`, () => {
    const pod = makePod([app({ volumeMounts: [mount] })], {
      volumes: [{ name: "own", emptyDir: {} }],
    });
    const rules = judge(pod).map(({ rule }) => rule);
    ok(
      rules.some((rule) =>
        ["reservedPaths", "realWrapper", "readOnlyWrapper"].includes(rule)
      ),
      rules.join(),
    );
  });
}

const INSTALL = {
  name: "cloudtaser-install",
  image: "registry.example.com/cloudtaser-wrapper:0.1.0",
  command: ["/cloudtaser-wrapper", "install", "/cloudtaser"],
  volumeMounts: [{ name: "cloudtaser", mountPath: "/cloudtaser" }],
};
const INSTALLERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> =
  {
    "another image": { image: "evil:1" },
    "another tag": { image: "registry.example.com/cloudtaser-wrapper:0.0.1" },
    "another command": { command: ["/bin/cp", "/evil", "/cloudtaser"] },
    "no command": { command: undefined },
    "more arguments": { args: ["x"] },
    "variables": { env: [{ name: "A", value: "b" }] },
    "unseen variables": { envFrom: [{ configMapRef: { name: "x" } }] },
    "a hook": { lifecycle: { postStart: { exec: { command: ["/evil"] } } } },
    "a message at the wrapper's place": { terminationMessagePath: WRAPPER },
    "a sidecar": { restartPolicy: "Always" },
    "a device": { volumeDevices: [{ name: "own", devicePath: "/dev/x" }] },
    "another directory": { workingDir: "/evil" },
    "another program at its path": {
      volumeMounts: [...INSTALL.volumeMounts, {
        name: "own",
        mountPath: "/cloudtaser-wrapper",
        subPath: "evil",
      }],
    },
    "no mount": { volumeMounts: undefined },
    "a directory of the volume": {
      volumeMounts: [{ ...INSTALL.volumeMounts[0], subPath: "x" }],
    },
    "another volume at the target": {
      volumeMounts: [{ name: "own", mountPath: "/cloudtaser" }],
    },
  };

for (const [title, more] of Object.entries(INSTALLERS)) {
  Deno.test(`refused: an init container ${INSTALL.name} with ${title}`, () => {
    const own = JSON.parse(JSON.stringify({ ...INSTALL, ...more }));
    const pod = makePod([app()], {
      initContainers: [own],
      volumes: [{ name: "own", emptyDir: {} }],
    });
    const rules = judge(pod).map(({ rule }) => rule);
    ok(rules.includes("realInstall"), rules.join());
  });
}

Deno.test("refused: a privileged install container", () => {
  const pod = makePod([app()], {
    initContainers: [{ ...INSTALL, securityContext: { privileged: true } }],
  });
  deepEqual(judge(pod).map(({ rule }) => rule), ["capabilities"]);
});

Deno.test("refused: a termination message at the wrapper's place", () => {
  const pod = makePod([app({ terminationMessagePath: WRAPPER })]);
  deepEqual(judge(pod).map(({ rule }) => rule), ["reservedPaths"]);
});

Deno.test("accepted (control): the same init container as injection adds", () => {
  const pod = makePod([app()], { initContainers: [INSTALL] });
  deepEqual(textsOf(judge(pod)), []);
});

Deno.test("refused: an install container where an image volume is wanted", () => {
  const pod = makePod([app()], { initContainers: [INSTALL] });
  const findings = judge(pod, { delivery: "image-volume" });
  ok(findings.some(({ rule }) => rule === "realInstall"));
});

Deno.test("refused: an image volume with another image", () => {
  const pod = makePod([app()], {
    volumes: [{ name: "cloudtaser", image: { reference: "evil:1" } }],
  });
  const rules = judge(pod, { delivery: "image-volume" }).map((f) => f.rule);
  deepEqual(rules, ["realVolumes"]);
});

Deno.test("LD_PRELOAD, a working directory and -c change nothing: the wrapper starts first", () => {
  const pod = makePod([app({
    command: ["sh", "-c", "/cloudtaser/cloudtaser-wrapper --version"],
    args: ["--min-protection-score=0"],
    workingDir: "/cloudtaser/..",
    env: [{ name: "LD_PRELOAD", value: "/data/evil.so" }],
  })]);
  deepEqual(textsOf(judge(pod)), []);
  const { of } = inject(pod);
  deepEqual(of("app").command.slice(0, 4), [WRAPPER, "--", "sh", "-c"]);
});

Deno.test("variables of envFrom cannot lower what injection sets", () => {
  const pod = makePod([app({ envFrom: [{ configMapRef: { name: "evil" } }] })]);
  deepEqual(textsOf(judge(pod)), []);
  const names = inject(pod).of("app").env.map((e: { name: string }) => e.name);
  for (
    const name of [
      "CLOUDTASER_MIN_PROTECTION_SCORE",
      "CLOUDTASER_SCORE_CHECKS",
      "CLOUDTASER_AGENT_SOCKET",
      "CLOUDTASER_AGENT_UID",
      "VAULT_SKIP_VERIFY",
    ]
  ) ok(names.includes(name), name);
});

Deno.test("refused: an exemption whose image hides behind another container's", () => {
  const data = { exemptions: "exporter metrics good:*" };
  const pod = (...images: string[]) =>
    makePod(images.map((image, i) => ({ name: `c${i}`, image })), {
      serviceAccountName: "metrics",
    }, { "cloudtaser.io/exempt": "exporter" });
  deepEqual(textsOf(judge(pod("good:1"), data)), []);
  ok(judge(pod("good:1", "evil:1"), data).length > 0);
  ok(judge(pod("evil:good:1"), data).length > 0);
  // The words of an entry are its name, the account and images: no part stands for another.
  ok(judge(pod("exporter"), data).length > 0);
  ok(judge(pod("metrics"), data).length > 0);
});

Deno.test("refused: an annotation that reaches into an exemption's images", () => {
  const data = { exemptions: "exporter metrics default good:1" };
  const pod = makePod([{ name: "a", image: "good:1" }], {}, {
    "cloudtaser.io/exempt": "exporter metrics",
  });
  ok(judge(pod, data).some(({ rule }) => rule === "exempted"));
});

Deno.test("an exempted pod cannot reach the node", () => {
  const pod = makePod([{ name: "a", image: "good:1" }], {
    serviceAccountName: "metrics",
    hostPID: true,
  }, { "cloudtaser.io/exempt": "exporter" });
  const findings = judge(pod, { exemptions: "exporter metrics good:*" });
  deepEqual(findings.map(({ rule }) => rule), ["hostProcesses"]);
});

Deno.test("ephemeral containers: a new one is refused, one that is there is not judged again", () => {
  const parameters = makeParameters({ mode: "deny" });
  const debug = (name: string) => ({ name, image: "busybox", command: ["sh"] });
  const withDebug = (...names: string[]) =>
    makePod([{ name: "bare", image: "nginx" }], {
      ephemeralContainers: names.map(debug),
    });
  const request = {
    subResource: "ephemeralcontainers" as const,
    oldObject: withDebug("first"),
  };
  const texts = policyFindings(
    withDebug("first", "second"),
    parameters,
    request,
  ).map(({ text }) => text);
  equal(texts.length, 1);
  match(texts[0] ?? "", /^ephemeral container second .*kubectl exec/);
  deepEqual(policyFindings(withDebug("first"), parameters, request), []);
});

/** An init container that starts the wrapper itself; no annotation names it. */
const ownWrapper = (more: Readonly<Record<string, unknown>> = {}) =>
  makePod([app()], {
    initContainers: [{
      name: "side",
      image: "app:1",
      restartPolicy: "Always",
      command: [WRAPPER, "--", "/app"],
      volumeMounts: [{
        name: "cloudtaser",
        mountPath: "/cloudtaser",
        readOnly: true,
      }],
      ...more,
    }],
    volumes: [{ name: "own", emptyDir: {} }],
  });
const set = (name: string, value: string) => ({ env: [{ name, value }] });
const OWN_WRAPPERS: readonly (readonly [string, string, object])[] = [
  ["lowMinimum", "a minimum", set("CLOUDTASER_MIN_PROTECTION_SCORE", "0")],
  ["lackingChecks", "checks", set("CLOUDTASER_REQUIRE_CHECKS", "mlock")],
  ["fixedSettings", "TLS", set("VAULT_SKIP_VERIFY", "true")],
  ["interposition", "interposition", set("CLOUDTASER_INTERPOSE", "off")],
  ["wrapped", "flags", { command: [WRAPPER, "--env-map=A=b#c", "--", "/app"] }],
  ["wrapped", "another file", {
    command: ["/x/cloudtaser-wrapper", "--", "a"],
  }],
  ["reservedPaths", "a false agent", {
    volumeMounts: [{ name: "own", mountPath: "/cloudtaser-agent" }],
  }],
];
const STRICT = { requiredChecks: "memfd_secret", interpose: "auto" };

for (const [rule, title, more] of OWN_WRAPPERS) {
  for (const restartPolicy of ["Always", undefined]) {
    const kind = restartPolicy ? "a sidecar" : "an init container";
    Deno.test(`refused: ${kind} with its own wrapper and ${title}`, () => {
      const own = JSON.parse(JSON.stringify({ ...more, restartPolicy }));
      const rules = judge(ownWrapper({ restartPolicy, ...own }), STRICT)
        .map((one) => one.rule);
      ok(rules.includes(rule), rules.join());
    });
  }
}

Deno.test("accepted: a sidecar with its own wrapper gets what the annotation would give", () => {
  const pod = ownWrapper(set("A", "vault:x#y"));
  deepEqual(textsOf(judge(pod, STRICT)), []);
  const names = inject(pod, STRICT).of("side").env
    .map(({ name }: { name: string }) => name);
  for (const name of ["VAULT_ADDR", "CLOUDTASER_MIN_PROTECTION_SCORE"]) {
    ok(names.includes(name), names.join());
  }
});

Deno.test("refused: an exempt container that starts the wrapper with its own minimum", () => {
  const exemptions = "exporter metrics good:*";
  const pod = (env: object) =>
    makePod(
      [{
        name: "a",
        image: "good:1",
        command: [WRAPPER, "--", "/app"],
        ...env,
      }],
      { serviceAccountName: "metrics" },
      {
        "cloudtaser.io/exempt": "exporter",
      },
    );
  const rules = judge(
    pod(set("CLOUDTASER_MIN_PROTECTION_SCORE", "0")),
    { exemptions },
  ).map(({ rule }) => rule);
  ok(rules.includes("lowMinimum"), rules.join());
});

Deno.test("refused: an ephemeral container in another's processes, though the wrapper starts it", () => {
  const judged = (data: Record<string, string>, more: object = {}) => {
    const debug = {
      name: "debug",
      image: "app:1",
      command: [WRAPPER, "--", "/bin/sh"],
      ...more,
    };
    const pod = makePod([app()], { ephemeralContainers: [debug] });
    return policyFindings(pod, makeParameters({ mode: "deny", ...data }), {
      subResource: "ephemeralcontainers",
      oldObject: makePod([app()]),
    }).filter(({ rule }) => rule === "sharedProcesses")
      .map(({ text }) => text);
  };
  const target = { targetContainerName: "app" };
  equal(judged({}, target).length, 1);
  match(judged({}, target)[0] ?? "", /debug shares the processes of app,/);
  deepEqual(judged({ requiredChecks: "ebpf_connected" }, target), []);
  deepEqual(judged({}), []);
});

Deno.test("refused: each weaker setting of an init container that the annotation names", () => {
  for (const [rule, title, more] of OWN_WRAPPERS) {
    const own = { name: "init", image: "app:1", command: ["/app"], ...more };
    const pod = makePod([app()], {
      initContainers: [own],
      volumes: [{ name: "own", emptyDir: {} }],
    }, { "cloudtaser.io/inject-init-containers": "init" });
    const rules = judge(pod, STRICT).map((one) => one.rule);
    ok(rules.includes(rule), `${title}: ${rules.join()}`);
  }
});

Deno.test("refused: an exempt pod whose init container has another image", () => {
  const data = { exemptions: "exporter metrics good:*" };
  const pod = (image: string) =>
    makePod([{ name: "a", image: "good:1" }], {
      serviceAccountName: "metrics",
      initContainers: [{ name: "i", image }],
    }, { "cloudtaser.io/exempt": "exporter" });
  deepEqual(textsOf(judge(pod("good:2"), data)), []);
  ok(judge(pod("evil:1"), data).some(({ rule }) => rule === "exempted"));
});

Deno.test("without an agent the socket's path is one where no container can put a socket", () => {
  const data = { agentSocket: "none" };
  const of = inject(makePod([app()]), data).of("app");
  const socket = of.env.find(({ name }: { name: string }) =>
    name === "CLOUDTASER_AGENT_SOCKET"
  );
  equal(socket.value, "/cloudtaser/agent.sock");
  const { volumeMounts } = inject(makePod([app()])).of("app");
  equal(volumeMounts[1].mountPropagation, "HostToContainer");
});

/** Parameters, and a volume with an injected name that is not the injected one. */
const VOLUMES: Readonly<Record<string, readonly [object, object]>> = {
  "another claim": [{}, {
    name: "cloudtaser-agent",
    persistentVolumeClaim: { claimName: "other", readOnly: true },
  }],
  "a hostPath where the claim is wanted": [{}, {
    name: "cloudtaser-agent",
    hostPath: { path: "/run/cloudtaser/export" },
  }],
  "a projected volume where none is needed": [{}, {
    name: "cloudtaser-vault",
    projected: { sources: [] },
  }],
  "another ConfigMap": [{ vaultCaConfigMap: "ca" }, {
    name: "cloudtaser-vault",
    projected: { sources: [{ configMap: { name: "other" } }] },
  }],
  "another source": [{ vaultCaConfigMap: "ca" }, {
    name: "cloudtaser-vault",
    projected: { sources: [{ secret: { name: "ca" } }] },
  }],
};

for (const [title, [data, volume]] of Object.entries(VOLUMES)) {
  Deno.test(`refused: a volume with an injected name, ${title}`, () => {
    const rules = judge(
      makePod([app()], { volumes: [volume] }),
      data as Record<string, string>,
    ).map(({ rule }) => rule);
    ok(rules.includes("realVolumes"), rules.join());
  });
}

Deno.test("refused: the wrapper's mount with an expanded directory, by both rules", () => {
  const pod = makePod([app({
    volumeMounts: [{
      name: "cloudtaser",
      mountPath: "/cloudtaser",
      readOnly: true,
      subPathExpr: "$(POD_NAME)",
    }],
  })]);
  deepEqual(judge(pod).map(({ rule }) => rule), [
    "realWrapper",
    "reservedPaths",
  ]);
});

Deno.test("refused: seventeen init containers, accepted: sixteen", () => {
  const pod = (count: number) =>
    makePod([app()], {
      initContainers: Array.from(
        { length: count },
        (_, index) => app({ name: `i${index}` }),
      ),
    });
  deepEqual(textsOf(judge(pod(16))), []);
  ok(judge(pod(17)).some(({ rule }) => rule === "tooMany"));
});
