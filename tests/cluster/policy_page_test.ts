/** The commands of docs/POLICY.md with deploy/manifests, without Helm: switched on, used, removed. */
import assert from "node:assert/strict";
import { run } from "../../tools/run.ts";
import { eventually } from "../support/eventually.ts";
import { policiesTakeEffect } from "./support/admission.ts";
import { applied, appliedManifests } from "./support/deployed.ts";
import {
  NOT_WRAPPED,
  plainDeployment,
  tryBarePod,
} from "./support/plain_pods.ts";
import { NAMESPACE, WRAPPER_IMAGE } from "./support/production.ts";
import { testWithVault } from "./support/test_in_cluster.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const WHERE = `--namespace=${NAMESPACE}`;

/** The first commands below a heading. */
async function readCommands(heading: string): Promise<string> {
  const page = await Deno.readTextFile(`${ROOT}docs/POLICY.md`);
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [, commands = ""] = /```sh\n([^]*?)```/.exec(section) ?? [];
  assert.match(commands, /^kubectl /);
  return commands.replaceAll(/(-n|namespace) shop/g, `$1 ${NAMESPACE}`);
}

testWithVault(
  "policy: the commands of docs/POLICY.md switch it on for a plain Deployment, and off",
  async ({ cluster, vault }) => {
    const execute = (script: string) =>
      run("bash", ["-ec", script], { cwd: ROOT, env: cluster.env });
    await using _claim = await appliedManifests(cluster, "production.yaml");
    const on = (await readCommands("Switch it on"))
      .replace("registry.example.com/cloudtaser-wrapper:0.1.0", WRAPPER_IMAGE)
      .replace("https://vault.example.com:8200", vault.address);
    const off = await readCommands("Remove");
    try {
      await execute(on);
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
      await execute(off);
      const mine = ["configmap", "cloudtaser", "vault-authority", WHERE];
      await cluster.kubectl("delete", ...mine, "--ignore-not-found");
    }
    await policiesTakeEffect(cluster);
    assert.equal(await tryBarePod(cluster), "accepted");
  },
);
