/** The pod's service account, and credentials that are renewed. */
import assert from "node:assert/strict";
import { chooseAccess } from "@/fleet/kubernetes/choose_access.ts";
import { listTargets } from "@/fleet/kubernetes/api.ts";
import { Session } from "@/fleet/kubernetes/session.ts";
import { ApiServer } from "../api_server.ts";

const { signal } = new AbortController();

/** The files that the kubelet mounts. */
function mountAccount(api: ApiServer): string {
  const folder = `${api.folder}/account`;
  Deno.mkdirSync(folder);
  Deno.copyFileSync(api.certificates.caFile, `${folder}/ca.crt`);
  Deno.writeTextFileSync(`${folder}/namespace`, "monitoring");
  return folder;
}

Deno.test("in a pod, its service account is used, and its token is read again each round", async () => {
  await using api = await ApiServer.start();
  const account = mountAccount(api);
  const variables = new Map([
    ["KUBERNETES_SERVICE_HOST", "127.0.0.1"],
    ["KUBERNETES_SERVICE_PORT", String(api.port)],
    ["HOME", "/nonexistent"],
  ]);
  const access = chooseAccess({ variables, account });
  assert.equal(access.name, "in-cluster");
  assert.equal(access.namespace, "monitoring");
  const session = new Session(access, variables);
  for (const token of ["first", "second"]) {
    Deno.writeTextFileSync(`${account}/token`, token);
    api.tokens.clear();
    api.tokens.add(token);
    await session.refresh(new AbortController().signal);
    const options = { signal, progress: () => {} };
    assert.deepEqual(await listTargets(session, "monitoring", options), []);
  }
  session.close();
});

Deno.test("a kubeconfig has precedence over the service account, and --context excludes it", async () => {
  await using api = await ApiServer.start();
  const account = mountAccount(api);
  const host: [string, string] = ["KUBERNETES_SERVICE_HOST", "::1"];
  const inPod = chooseAccess({ variables: new Map([host]), account });
  assert.equal(inPod.server.href, "https://[::1]/");
  assert.throws(
    () => chooseAccess({ variables: new Map([host]), account, context: "x" }),
    /No cluster is configured/,
  );
  assert.throws(
    () => chooseAccess({ variables: new Map([host]), account: "/nonexistent" }),
    /no kubeconfig/,
  );
  const file = `${api.folder}/empty`;
  Deno.writeTextFileSync(file, "apiVersion: v1\nkind: Config\n");
  const variables = new Map([host, ["KUBECONFIG", file]]);
  assert.equal(chooseAccess({ variables, account }).name, "in-cluster");
});

Deno.test("a plugin runs again when its credentials are about to expire, and not earlier", async () => {
  await using api = await ApiServer.start();
  const runs = `${api.folder}/runs`;
  const plugin = async (expiresIn: number) => {
    const expirationTimestamp = new Date(Date.now() + expiresIn).toISOString();
    const answer = {
      apiVersion: "client.authentication.k8s.io/v1",
      status: { token: "fresh", expirationTimestamp },
    };
    const file = `${api.folder}/plugin`;
    const text = JSON.stringify(answer);
    const script = `#!/bin/sh\necho run >> ${runs}\necho '${text}'\n`;
    Deno.writeTextFileSync(file, script);
    Deno.chmodSync(file, 0o755);
    Deno.writeTextFileSync(runs, "");
    const exec = {
      apiVersion: answer.apiVersion,
      command: file,
      args: [],
      env: new Map(),
      interactive: "Never",
      installHint: "",
      cluster: undefined,
    } as const;
    const session = new Session({
      name: "test",
      namespace: "default",
      server: new URL("https://127.0.0.1:1/"),
      trust: { insecure: false },
      login: { exec },
    }, new Map([["PATH", "/usr/bin:/bin"]]));
    for (let round = 0; round < 3; round++) {
      await session.refresh(new AbortController().signal);
    }
    session.close();
    return Deno.readTextFileSync(runs).trim().split("\n").length;
  };
  assert.equal(await plugin(3_600_000), 1);
  assert.equal(await plugin(10_000), 3);
});
