/** `cloudtaser-wrapper status` as a service account, which has no rights of its own. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { type Ran, tryRun } from "../../../tools/run.ts";
import { WRAPPER } from "../../support/wrapper.ts";

/** The account. */
export const AUDITOR_ACCOUNT = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: auditor, namespace: default }
`;

/** A user with a service account's token in a kubeconfig. */
export class Auditor implements AsyncDisposable {
  readonly #kubeconfig: string;

  private constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
  }

  static async create(cluster: Cluster): Promise<Auditor> {
    const token = await cluster.kubectl("create", "token", "auditor");
    const config = JSON.parse(await Deno.readTextFile(cluster.kubeconfig));
    for (const entry of config.users) entry.user = { token: token.trim() };
    const path = await Deno.makeTempFile({ prefix: "cloudtaser-kubeconfig-" });
    await Deno.writeTextFile(path, JSON.stringify(config));
    return new Auditor(path);
  }

  /** Runs the compiled binary as this user. */
  status(...words: string[]): Promise<Ran> {
    const env = { KUBECONFIG: this.#kubeconfig };
    return tryRun(WRAPPER, ["status", ...words], { env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#kubeconfig);
  }
}
