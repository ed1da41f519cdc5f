/** deploy/manifests without Helm: what the commands of docs/POLICY.md do to pods that run. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { policiesTakeEffect } from "./support/admission.ts";
import { applied, appliedManifests } from "./support/deployed.ts";
import {
  NOT_WRAPPED,
  plainDeployment,
  tryBarePod,
} from "./support/plain_pods.ts";
import { NAMESPACE, WRAPPER_IMAGE } from "./support/production.ts";
import { openShell } from "./support/shell.ts";
import { testWithVault } from "./support/test_in_cluster.ts";

const PAGE = "docs/POLICY.md";
const WHERE = `--namespace=${NAMESPACE}`;
const HERE = {
  "-n shop": `-n ${NAMESPACE}`,
  "namespace shop": `namespace ${NAMESPACE}`,
};

testWithVault(
  "policy: with the page's commands a plain Deployment runs injected, and a bare pod after them",
  async ({ cluster, vault }) => {
    await using shell = await openShell(cluster);
    await using _claim = await appliedManifests(cluster, "production.yaml");
    try {
      await shell.run(
        PAGE,
        "kubectl apply -f deploy/manifests/policy-anchor.yaml",
        {
          values: {
            ...HERE,
            "production/shop": `production/${NAMESPACE}`,
            "registry.example.com/cloudtaser-wrapper:0.1.0": WRAPPER_IMAGE,
            "https://vault.example.com:8200": vault.address,
          },
        },
      );
      const ca = `--from-file=ca.crt=${vault.server.caFile}`;
      await cluster.kubectl(
        "create",
        "configmap",
        "vault-authority",
        ca,
        WHERE,
      );
      const data = {
        vaultCaConfigMap: "vault-authority",
        vaultRole: "app",
        vaultAudience: "vault",
        mode: "deny",
      };
      const patch = `--patch=${JSON.stringify({ data })}`;
      await cluster.kubectl("patch", "configmap", "cloudtaser", WHERE, patch);
      await policiesTakeEffect(cluster);
      const refused = (text: string) => NOT_WRAPPED.test(text);
      await eventually(() => tryBarePod(cluster), refused, 30_000);

      await using _ = await applied(cluster, plainDeployment("plain"));
      const words = ["rollout", "status", "deployment/plain", WHERE];
      await cluster.kubectl(...words, "--timeout=120s");
      const log = await eventually(
        () => cluster.kubectl("logs", "deployment/plain", WHERE, "-c=app"),
        (text) => /^ready \d+$/m.test(text),
        60_000,
      );
      assert.match(log, /Protection score: 55\/75/);
      assert.match(log, /no agent socket at \/cloudtaser-agent\/agent\.sock/);
    } finally {
      const { "namespace shop": here } = HERE;
      await shell.run(
        PAGE,
        "kubectl label namespace shop cloudtaser.io/inject-",
        { values: { "namespace shop": here } },
      );
      const mine = ["configmap", "cloudtaser", "vault-authority", WHERE];
      await cluster.kubectl("delete", ...mine, "--ignore-not-found");
    }
    await policiesTakeEffect(cluster);
    assert.equal(await tryBarePod(cluster), "accepted");
  },
);
