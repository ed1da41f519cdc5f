/** The development Vault run by hand and controlled from another process. */
import assert from "node:assert/strict";
import { Output } from "../support/output.ts";
import { freePort } from "../support/free_port.ts";

const MAIN = new URL("../../tools/devvault/main.ts", import.meta.url).pathname;

Deno.test("tools/devvault/main.ts prints what to export, obeys its control port and ends on TERM", async () => {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      MAIN,
      "--http",
      `--port=${freePort()}`,
      `--control-port=${freePort()}`,
      "--root-token=by-hand",
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = new Output(process.stdout);
  const exported = async (name: string) =>
    (await output.until(new RegExp(`export ${name}=(\\S+)`)))[1] ?? "";
  const address = await exported("VAULT_ADDR");
  const token = await exported("VAULT_TOKEN");
  const [, control = ""] = await output.until(/Control\s+(\S+)/);
  await output.until(/Ctrl-C/);

  const read = () =>
    fetch(`${address}/v1/secret/data/app`, {
      headers: { "X-Vault-Token": token },
    });
  const tell = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };

  assert.equal((await (await read()).json()).data.data.password, "example");
  await tell("POST", "/faults", { kind: "status", status: 503, times: 1 });
  assert.equal(await statusOf(read()), 503);
  assert.equal(await statusOf(read()), 200);
  await tell("POST", "/seal");
  assert.equal(await statusOf(read()), 503);
  await tell("POST", "/unseal");
  assert.equal(await statusOf(read()), 200);
  const requests = (await tell("GET", "/requests")).body;
  assert.ok(!JSON.stringify(requests).includes(token), "the token is logged");
  assert.deepEqual(requests.at(-1), {
    method: "GET",
    path: "secret/data/app",
    namespace: "",
    at: requests.at(-1).at,
    withToken: true,
    status: 200,
  });
  assert.equal((await tell("GET", "/nosuch")).status, 404);

  process.kill("SIGTERM");
  assert.equal((await process.status).code, 0);
  await output.finish();
});

async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.body?.cancel();
  return response.status;
}
