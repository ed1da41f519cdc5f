/**
 * Builds the programs that the wrapper is compared to from their public Go
 * modules, once; the cache keeps them. Their versions are pinned here, their
 * hashes in Go's checksum database (sum.golang.org), which `go install` asks.
 */
import { cacheDirectory, exists, makeOnce } from "../cache.ts";
import { findGo, goSettings } from "../cluster/go.ts";
import { messageOf } from "../progress.ts";
import { run } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";

/** Why something was not measured. */
export interface NotRun {
  readonly notRun: string;
}

/** Package and version by the program's name. */
const PEERS = {
  "secret-init": ["github.com/bank-vaults/secret-init", "v0.4.0"],
  "vault-env": ["github.com/bank-vaults/vault-env", "v1.23.0"],
  envconsul: ["github.com/hashicorp/envconsul", "v0.13.4"],
  vals: ["github.com/helmfile/vals/cmd/vals", "v0.46.1"],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

/** A program that can be built. */
export type PeerName = keyof typeof PEERS;

const LIMIT_S = 1800;

/**
 * Its path, or why there is none here.
 *
 * @param mayBuild otherwise it is taken from the cache only.
 */
export async function findPeer(
  name: PeerName,
  mayBuild: boolean,
): Promise<string | NotRun> {
  const [target, version] = PEERS[name];
  const folder = `${await cacheDirectory("peers")}/${name}-${version}`;
  if (!mayBuild && !await exists(folder)) {
    return {
      notRun: `${version} is not in the cache: omit --quick once to build it`,
    };
  }
  try {
    await makeOnce(folder, `building ${name} ${version}`, (building) => {
      return install(`${target}@${version}`, building);
    });
  } catch (error) {
    return { notRun: `${version}: ${explain(messageOf(error))}` };
  }
  return `${folder}/${name}`;
}

async function install(target: string, folder: string): Promise<void> {
  await using temporary = await TemporaryFolder.make("peer");
  const go = await findGo();
  // Minutes of all cores: the machine should stay usable.
  await run("timeout", [
    `${LIMIT_S}`,
    "nice",
    "-n",
    "19",
    go,
    "install",
    target,
  ], {
    env: { ...goSettings(temporary.path), GOBIN: folder },
  });
}

/** The reason in what `go install` said; all of it in other cases. */
export function explain(message: string): string {
  const refusal = /(\d{3} [A-Z][a-z]+)\s+server response: (.*?)\.?$/s
    .exec(message);
  if (refusal === null) return message;
  const [, status = "", answer = ""] = refusal;
  return `the Go module proxy answers "${status}: ${answer}"`;
}
