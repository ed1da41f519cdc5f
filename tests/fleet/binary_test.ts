/** `status` of the compiled binary: a script beside the wrapper's, and signals. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { Terminal } from "../support/terminal.ts";
import { runWrapper, WRAPPER, Wrapper } from "../support/wrapper.ts";
import { makeAnswer } from "./answers.ts";
import { ApiServer } from "./api_server.ts";
import { plainPod, PolicyCluster } from "./policy_cluster.ts";
import { writeKubeconfig } from "./status_run.ts";

/** Runs the binary with a kubeconfig in its environment. */
function run(words: readonly string[], env: Record<string, string> = {}) {
  return runWrapper({ args: ["status", ...words], env });
}

Deno.test("the binary's status: help, usage errors, a text view, exit codes", async () => {
  await using api = await ApiServer.start({ web: makeAnswer() });
  const KUBECONFIG = writeKubeconfig(api);
  const help = await run(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^cloudtaser-wrapper status - /);
  assert.equal((await run(["--nope"])).code, 64);
  assert.equal((await run([], { HOME: "/nonexistent" })).code, 2);
  const good = await run(["web", "--min=75"], { KUBECONFIG });
  assert.equal(good.code, 0);
  assert.equal(good.stderr, "");
  assert.match(
    good.stdout,
    /\nProtection Score: 75\/75\nmemfd_secret OK 15\/15 /,
  );
  const page = await run(["-o", "html"], { KUBECONFIG });
  assert.match(page.stdout, /<!DOCTYPE html>[\s\S]*<\/html>\s*$/);
});

Deno.test("the binary's status --policy judges with the rules of the policy's script", async () => {
  await using cluster = await PolicyCluster.start();
  cluster.addNamespace("shop", { mode: "deny" });
  cluster.addPod(plainPod("shop", "host", { spec: { hostPID: true } }));
  const KUBECONFIG = writeKubeconfig(cluster.api);
  const { code, stdout, stderr } = await run(["--policy"], { KUBECONFIG });
  assert.deepEqual([code, stderr], [1, ""]);
  assert.match(stdout, /^shop +pod\/host +1 +- +notInjected /m);
  assert.match(stdout, /^shop +pod\/host +1 +deny +hostProcesses /m);
});

Deno.test("the binary's status over node:https, with a plugin and the environment", async () => {
  const web = makeAnswer();
  await using api = await ApiServer.start({ web }, "wrongName");
  api.tokens.add("hunter2");
  const apiVersion = "client.authentication.k8s.io/v1";
  const answer = JSON.stringify({ apiVersion, status: { token: "hunter2" } });
  const script = `test "$VAULT_TOKEN" = mine && echo '${answer}'`;
  const exec = { apiVersion, command: "sh", args: ["-c", script] };
  const { code, stderr } = await run([], {
    KUBECONFIG: writeKubeconfig(api, {
      user: { exec },
      cluster: { "tls-server-name": "vault.example.test" },
    }),
    PATH: "/usr/bin:/bin",
    VAULT_TOKEN: "mine",
  });
  assert.equal(code, 0, stderr);
});

Deno.test("the binary trusts only the private authority of the kubeconfig", async () => {
  await using api = await ApiServer.start();
  const { otherCaFile, caFile } = api.certificates;
  const { code, stderr } = await run([], {
    KUBECONFIG: writeKubeconfig(api, {
      cluster: { "certificate-authority": otherCaFile },
    }),
    SSL_CERT_FILE: caFile,
    DENO_TLS_CA_STORE: "system",
  });
  assert.equal(code, 2);
  assert.match(stderr, /UnknownIssuer/);
});

Deno.test("^C ends --watch with the exit code of its last round, and a single run at once", async () => {
  await using api = await ApiServer.start({ web: makeAnswer() });
  const file = writeKubeconfig(api);
  const script = `exec "$W" status --watch --kubeconfig ${file}`;
  await using watching = new Terminal(script);
  await watching.screen.until(/Pod: web/);
  await watching.type("\x03");
  assert.equal((await watching.ended).code, 0);
  api.add("production", "slow", () => {});
  const begin = performance.now();
  await using asking = new Terminal(script.replace(" --watch", ""));
  await eventually(
    () => api.seen.some(({ path }) => path.includes("slow")),
    (isAsked) => isAsked,
  );
  await asking.type("\x03");
  assert.equal((await asking.ended).code, 130);
  assert.ok(performance.now() - begin < 4500);
});

Deno.test("^C ends a waiting credential plugin, and the run", async () => {
  await using api = await ApiServer.start();
  const apiVersion = "client.authentication.k8s.io/v1";
  const script = `echo $$ >${api.folder}/pid; exec sleep 60`;
  const exec = { apiVersion, command: "sh", args: ["-c", script] };
  const env = {
    KUBECONFIG: writeKubeconfig(api, { user: { exec } }),
    PATH: "/usr/bin:/bin",
  };
  await using asking = new Wrapper({ args: ["status"], env }, "off");
  const pid = await eventually(
    () => Deno.readTextFile(`${api.folder}/pid`).catch(() => ""),
    (text) => text !== "",
  );
  asking.signal("SIGINT");
  assert.equal((await asking.ended).code, 130);
  await eventually(
    () => Deno.stat(`/proc/${pid.trim()}`).then(() => true, () => false),
    (isThere) => !isThere,
  );
});

Deno.test("output that cannot be written is an error", async () => {
  await using api = await ApiServer.start({ web: makeAnswer() });
  const file = writeKubeconfig(api);
  const line = `"$W" status -o json --kubeconfig ${file} >/dev/full`;
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", line],
    env: { W: WRAPPER },
  }).output();
  assert.match(
    new TextDecoder().decode(stderr),
    /Cannot write the output: no space left on device\n$/,
  );
  assert.equal(code, 2);
});

Deno.test("^Z stops it, and fg continues", async () => {
  await using api = await ApiServer.start({ web: makeAnswer() });
  const file = writeKubeconfig(api);
  const child = new Deno.Command(WRAPPER, {
    args: ["status", "--watch", "-o", "json", "--kubeconfig", file],
    stdin: "null",
    stdout: "null",
  }).spawn();
  const state = () =>
    /^State:\t(\w)/m.exec(Deno.readTextFileSync(`/proc/${child.pid}/status`))
      ?.[1];
  const until = (done: () => boolean) => eventually(done, (isDone) => isDone);
  await until(() => api.seen.length > 1);
  child.kill("SIGTSTP");
  await until(() => state() === "T");
  child.kill("SIGCONT");
  await until(() => state() !== "T");
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.notEqual(state(), "T");
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
});

Deno.test("`status | head` is not an error", async () => {
  await using api = await ApiServer.start();
  for (let i = 0; i < 300; i++) {
    api.add("production", `web-${i}`, makeAnswer());
  }
  const file = writeKubeconfig(api);
  const line =
    `"$W" status -o json --kubeconfig ${file} | head -1; echo code=\${PIPESTATUS[0]}`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", line],
    env: { W: WRAPPER },
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "{\ncode=0\n");
  assert.equal(new TextDecoder().decode(stderr), "");
});

Deno.test("the libraries of status are not in the wrapper's main script", async () => {
  const { bundle } = await import("../../tools/build/bundle.ts");
  const script = await bundle();
  assert.ok(!script.includes("YAMLException"));
  assert.ok(!script.includes("ExecCredential"));
});
