/** Registers tests that need the shared cluster. Only root can run them. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { testAsRoot } from "../../support/roles.ts";
import { ClusterVault } from "./cluster_vault.ts";
import { production } from "./production.ts";

/** What a test gets. */
interface Given {
  readonly cluster: Cluster;
  readonly vault: ClusterVault;
  readonly test: Deno.TestContext;
}

/** A test with the cluster. */
export function testInCluster(
  name: string,
  body: (given: Omit<Given, "vault">) => Promise<void>,
): void {
  testAsRoot(name, async (test) => {
    using cluster = await production();
    await body({ cluster, test });
  });
}

/** A test with the cluster and a Vault of its own. */
export function testWithVault(
  name: string,
  body: (given: Given) => Promise<void>,
): void {
  testInCluster(name, async (given) => {
    await using vault = await ClusterVault.start(given.cluster);
    await body({ ...given, vault });
  });
}
