/** docs/POLICY.md's commands: they switch injection and policy on for a namespace, and off again. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { openShell } from "./support/shell.ts";
import { testInCluster } from "./support/test_in_cluster.ts";

const PAGE = "docs/POLICY.md";
const SPACE = "shop";
const VOLUME = `cloudtaser-agent-${SPACE}`;

testInCluster(
  "policy: the page's commands switch it on and off",
  async ({ cluster }) => {
    await using shell = await openShell(cluster);
    const create = async (...command: string[]) => {
      const words = ["run", "look", `--namespace=${SPACE}`, "--image=app:1"];
      const { stdout, stderr } = await cluster.tryKubectl([
        ...words,
        "--dry-run=server",
        "--output=jsonpath={.spec.containers[0].command[0]}",
        ...command,
      ]);
      return stdout + stderr;
    };
    // That of another file's test may still be ending, or have been left.
    await cluster.kubectl(
      ...["delete", "namespace", SPACE],
      ...["--ignore-not-found", "--timeout=60s"],
    );
    await cluster.kubectl("create", "namespace", SPACE);
    try {
      await shell.run(
        PAGE,
        "kubectl apply -f deploy/manifests/policy-anchor.yaml",
      );
      const claim = await cluster.kubectl(
        ...["get", "persistentvolumeclaims"],
        ...["cloudtaser-agent", `--namespace=${SPACE}`],
        "--output=jsonpath={.spec.volumeName}",
      );
      assert.equal(claim, VOLUME);
      const warns = /cloudtaser-report' .*container look is not started by/;
      await eventually(() => create(), (text) => warns.test(text), 30_000);
      const isInjected = (text: string) =>
        text.startsWith("/cloudtaser/cloudtaser-wrapper");
      const look = () => create("--command", "--", "/app");
      await eventually(look, isInjected, 30_000);
      await shell.run(
        PAGE,
        "kubectl label namespace shop cloudtaser.io/inject-",
      );
      await eventually(look, (text) => text === "/app", 30_000);
      assert.equal(await create(), "");
      const names = await cluster.kubectl(
        "get",
        "validatingadmissionpolicies,mutatingadmissionpolicies",
        "--output=name",
      );
      // Of what the page has applied; other tests may have policies of their own.
      assert.equal(names.match(/\/cloudtaser-anchor$/gm)?.length, 2);
      assert.doesNotMatch(
        names,
        /\/cloudtaser-(?:inject|deny|report|exec|claim)/,
      );
    } finally {
      await cluster.kubectl("delete", "namespace", SPACE);
      const volume = ["persistentvolume", VOLUME, "--ignore-not-found"];
      await cluster.kubectl("delete", ...volume);
    }
  },
);
