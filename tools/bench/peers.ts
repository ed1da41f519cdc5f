/**
 * Builds the programs that the wrapper is compared to from their public Go
 * modules, once; the cache keeps them. Their versions are pinned here, their
 * hashes in Go's checksum database (sum.golang.org), which `go install` asks.
 */
import { cacheDirectory, makeOnce } from "../cache.ts";
import { findGo } from "../cluster/go.ts";
import { messageOf } from "../progress.ts";
import { run } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";

/** Why something was not measured. */
export interface NotRun {
  readonly notRun: string;
}

/** Module and version by the program's name. */
const PEERS = {
  "secret-init": ["github.com/bank-vaults/secret-init", "v0.4.0"],
  "vault-env": ["github.com/bank-vaults/vault-env", "v1.23.0"],
  envconsul: ["github.com/hashicorp/envconsul", "v0.13.4"],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

/** A program that can be built. */
export type PeerName = keyof typeof PEERS;

const LIMIT_S = 900;

/** Its path, or why it cannot be built here. */
export async function buildPeer(name: PeerName): Promise<string | NotRun> {
  const [module, version] = PEERS[name];
  const folder = `${await cacheDirectory("peers")}/${name}-${version}`;
  try {
    await makeOnce(folder, `building ${name} ${version}`, (building) => {
      return install(`${module}@${version}`, building);
    });
  } catch (error) {
    return { notRun: `${version}: ${explain(messageOf(error))}` };
  }
  return `${folder}/${name}`;
}

async function install(target: string, folder: string): Promise<void> {
  await using temporary = await TemporaryFolder.make("peer");
  const go = await findGo();
  await run("timeout", [`${LIMIT_S}`, go, "install", target], {
    env: {
      CGO_ENABLED: "0",
      GOBIN: folder,
      GOPATH: `${temporary.path}/path`,
      GOCACHE: `${temporary.path}/cache`,
      // Settings of this machine must not change the result.
      GOWORK: "off",
      GOTOOLCHAIN: "local",
      GOFLAGS: "-modcacherw -trimpath -buildvcs=false",
    },
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
