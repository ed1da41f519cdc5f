/** Credential plugins: their input, their output, and errors that do not show it. */
import assert from "node:assert/strict";
import { makeAnswer } from "../answers.ts";
import { ApiServer } from "../api_server.ts";
import { status, type StatusRun, writeKubeconfig } from "../status_run.ts";

const TOKEN = "hunter2-from-a-plugin";
const V1 = "client.authentication.k8s.io/v1";

/** A plugin as a line of shell. */
async function plugged(
  api: ApiServer,
  script: string,
  exec: Record<string, unknown> = {},
  PATH = "/usr/bin:/bin",
): Promise<StatusRun> {
  api.tokens.add(TOKEN);
  api.add("production", "web", makeAnswer());
  const file = `${api.folder}/plugin`;
  Deno.writeTextFileSync(file, `#!/bin/sh\n${script}\n`);
  Deno.chmodSync(file, 0o755);
  const KUBECONFIG = writeKubeconfig(api, {
    user: { exec: { apiVersion: V1, command: "./plugin", ...exec } },
  });
  const run = await status([], { KUBECONFIG, PATH, MINE: "1" });
  assert.ok(!(run.out + run.err).includes("hunter2"), run.err);
  return run;
}

function credential(status: Record<string, unknown>): string {
  const answer = { kind: "ExecCredential", apiVersion: V1, status };
  return `printf '%s' '${JSON.stringify(answer)}'`;
}

Deno.test("a plugin's token is used; the plugin gets the environment and its own variables", async () => {
  await using api = await ApiServer.start();
  const script = `env > ${api.folder}/env; echo "$@" > ${api.folder}/args
${credential({ token: TOKEN })}`;
  const run = await plugged(api, script, {
    args: ["get-token", "--cluster=x"],
    env: [{ name: "AWS_PROFILE", value: "prod" }],
    provideClusterInfo: true,
  });
  assert.equal(run.code, 0, run.err);
  const env = Deno.readTextFileSync(`${api.folder}/env`);
  assert.match(env, /^MINE=1$/m);
  assert.match(env, /^AWS_PROFILE=prod$/m);
  const args = Deno.readTextFileSync(`${api.folder}/args`);
  assert.equal(args, "get-token --cluster=x\n");
  const info = /^KUBERNETES_EXEC_INFO=(.*)$/m.exec(env)?.[1] ?? "";
  const { apiVersion, spec } = JSON.parse(info);
  assert.equal(apiVersion, V1);
  assert.equal(spec.interactive, false);
  assert.equal(spec.cluster.server, `https://127.0.0.1:${api.port}`);
  const ca = Deno.readTextFileSync(api.certificates.caFile);
  assert.equal(atob(spec.cluster["certificate-authority-data"]), ca);
});

Deno.test("a plugin's certificate is used", async () => {
  await using api = await ApiServer.start();
  const { client } = api.certificates;
  const read = (path: string) => Deno.readTextFileSync(path);
  const script = credential({
    clientCertificateData: read(client.certFile),
    clientKeyData: read(client.keyFile),
  });
  const run = await plugged(api, script);
  assert.equal(run.code, 0, run.err);
  assert.equal(api.seen.at(-1)?.client, "payments");
});

Deno.test("a command without a slash is searched in PATH", async () => {
  await using api = await ApiServer.start();
  const PATH = `/usr/bin:/bin:${api.folder}`;
  const exec = { command: "plugin" };
  const run = await plugged(api, credential({ token: TOKEN }), exec, PATH);
  assert.equal(run.code, 0, run.err);
});

Deno.test("errors of a plugin do not show its output", async (t) => {
  const cases: [string, string, RegExp, Record<string, unknown>?][] = [
    ["fails", "echo hunter2; exit 3", /plugin .*\/plugin exited with 3\n/],
    ["hint", "exit 3", /exited with 3\. Install it\n/, {
      installHint: "Install\nit",
    }],
    ["no JSON", "echo hunter2", /returned no ExecCredential: not JSON/],
    ["nothing in it", credential({}), /neither a token nor a certificate/],
    ["version", credential({ token: TOKEN }), /apiVersion must be .*v1beta1/, {
      apiVersion: `${V1}beta1`,
    }],
    ["too much", "yes hunter2", /wrote too much/],
    ["not there", "", /cannot be started/, { command: "./gone" }],
    ["terminal", "", /requires a terminal/, { interactiveMode: "Always" }],
    ["old version", "", /apiVersion must be .*client\.auth/, {
      apiVersion: "client.authentication.k8s.io/v1alpha1",
    }],
  ];
  for (const [name, script, words, exec] of cases) {
    await t.step(name, async () => {
      await using api = await ApiServer.start();
      const run = await plugged(api, script, exec);
      assert.equal(run.code, 2);
      assert.match(run.err, words);
    });
  }
});
