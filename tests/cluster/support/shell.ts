/** A reader's shell whose kubectl and cloudtaser-wrapper have the cluster. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { buildHelm } from "../../../tools/cluster/programs.ts";
import { installOpenBao, type OpenBao } from "../../../tools/openbao/server.ts";
import { PageShell } from "../../support/pages/shell.ts";
import { WRAPPER } from "../../support/wrapper.ts";

/** What else the reader has. */
export interface ReaderOptions {
  readonly cwd?: string;
  readonly vault?: OpenBao;
  /** Path of another kubeconfig than the administrator's. */
  readonly kubeconfig?: string;
}

export async function openShell(
  cluster: Cluster,
  { cwd, vault, kubeconfig = cluster.kubeconfig }: ReaderOptions = {},
): Promise<PageShell> {
  return await PageShell.open({
    ...(cwd !== undefined && { cwd }),
    programs: {
      "cloudtaser-wrapper": WRAPPER,
      bao: await installOpenBao(),
      helm: await buildHelm(),
      kubectl: cluster.kubectlPath,
    },
    env: {
      KUBECONFIG: kubeconfig,
      REGISTRY: "localhost",
      ...(vault && {
        VAULT_ADDR: vault.address,
        VAULT_CACERT: vault.caFile,
        VAULT_TOKEN: vault.rootToken,
      }),
    },
  });
}
