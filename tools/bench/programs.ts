/**
 * The programs that are measured: the wrapper, and others that start an
 * application with secrets from Vault in its environment. Each gets the same
 * application, secrets and token.
 */
import { installOpenBao } from "../openbao/server.ts";
import { findPeer, type NotRun, type PeerName } from "./peers.ts";
import type { BenchServer, Secret } from "./server.ts";
import type { CommandLine, Workshop } from "./workshop.ts";

/** Where the secrets are and the files of a command go. */
export interface Surroundings {
  readonly workshop: Workshop;
  readonly server: BenchServer;
}

/** The command line that starts `application` with the secrets. */
type Compose = (
  surroundings: Surroundings,
  secrets: readonly Secret[],
  application: readonly string[],
) => Promise<CommandLine>;

/** One program. */
export interface Program {
  readonly name: string;
  /** Its file; why there is none. */
  readonly path: string | NotRun;
  readonly compose: Compose;
}

/** The wrapper. */
export function makeProduct(name: string, path: string): Program {
  const compose: Compose = ({ server }, secrets, application) =>
    Promise.resolve({
      words: [path, "--", ...application],
      env: productVariables(server, secrets),
    });
  return { name, path, compose };
}

/** The variables of a wrapper that reads these secrets; it reads none without any. */
export function productVariables(
  server: BenchServer,
  secrets: readonly Secret[],
): Record<string, string> {
  if (secrets.length === 0) return { CLOUDTASER_LISTEN: "off" };
  const groups = Map.groupBy(secrets, ({ path }) => path);
  const map = [...groups.values()].map((group) =>
    group.map(({ field, variable }) => `${field}=${variable}`).join(",")
  );
  return {
    VAULT_ADDR: server.address,
    VAULT_CACERT: server.caFile,
    VAULT_TOKEN: server.token,
    CLOUDTASER_LISTEN: "off",
    CLOUDTASER_SECRET_PATHS: [...groups.keys()].join(","),
    CLOUDTASER_ENV_MAP: map.join(";"),
  };
}

/** @param mayBuild builds those that the cache lacks. */
export async function findPeers(mayBuild: boolean): Promise<Program[]> {
  const composers: Readonly<Record<PeerName, Composer>> = {
    "secret-init": composeByReference,
    "vault-env": composeByReference,
    envconsul: composeEnvconsul,
    vals: composeVals,
  };
  const peers: Program[] = [];
  for (const [name, composer] of Object.entries(composers)) {
    const path = await findPeer(name as PeerName, mayBuild);
    const compose: Compose = (...rest) => composer(String(path), ...rest);
    peers.push({ name, path, compose });
  }
  const bao = await installOpenBao();
  const compose: Compose = (...rest) => composeBaoAgent(bao, ...rest);
  return [...peers, { name: BAO_AGENT, path: bao, compose }];
}

/** It waits two seconds before it starts the application. */
export const BAO_AGENT = "bao agent";

type Composer = (path: string, ...rest: Parameters<Compose>) => ReturnType<
  Compose
>;

/** For the programs of bank-vaults: a reference to the secret as the value of its variable. */
async function composeByReference(
  path: string,
  { workshop, server }: Surroundings,
  secrets: readonly Secret[],
  application: readonly string[],
): Promise<CommandLine> {
  const references = secrets.map(({ variable, path, field }) =>
    [variable, `vault:${path}#${field}`] as const
  );
  return {
    words: [path, ...application],
    env: {
      VAULT_ADDR: server.address,
      VAULT_CACERT: server.caFile,
      VAULT_TOKEN_FILE: await workshop.write("token", server.token),
      ...Object.fromEntries(references),
    },
  };
}

async function composeEnvconsul(
  path: string,
  { workshop, server }: Surroundings,
  secrets: readonly Secret[],
  application: readonly string[],
): Promise<CommandLine> {
  const groups = Map.groupBy(secrets, ({ path }) => path);
  const blocks = [...groups].map(([path, group]) => {
    const keys = group.map(({ field, variable }) =>
      `  key {\n    name = "${field}"\n    format = "${variable}"\n  }`
    );
    const head = `secret {\n  no_prefix = true\n  path = "${path}"`;
    return `${head}\n${keys.join("\n")}\n}`;
  });
  const config = `vault {
  address = "${server.address}"
  token = "${server.token}"
  renew_token = false
  ssl {
    enabled = true
    ca_cert = "${server.caFile}"
  }
}
${blocks.join("\n")}
`;
  const file = `envconsul-${secrets.length}.hcl`;
  const option = `-config=${await workshop.write(file, config)}`;
  return { words: [path, "-once", option, ...application] };
}

/** It adds `data` to the paths of KV version 2 itself. */
async function composeVals(
  path: string,
  { workshop, server }: Surroundings,
  secrets: readonly Secret[],
  application: readonly string[],
): Promise<CommandLine> {
  const references = secrets.map(({ variable, path, field }) =>
    `${variable}: ref+vault://${path.replace("/data/", "/")}#/${field}\n`
  );
  const name = `vals-${secrets.length}.yaml`;
  const file = await workshop.write(name, references.join(""));
  return {
    words: [path, "exec", "-f", file, "--", ...application],
    env: {
      VAULT_ADDR: server.address,
      VAULT_CACERT: server.caFile,
      VAULT_TOKEN: server.token,
    },
  };
}

/** Its process supervisor mode. */
async function composeBaoAgent(
  path: string,
  { workshop, server }: Surroundings,
  secrets: readonly Secret[],
  application: readonly string[],
): Promise<CommandLine> {
  const token = await workshop.write("token", server.token);
  const templates = secrets.map(({ variable, path, field }) =>
    `env_template "${variable}" {
  contents = "{{ with secret \\"${path}\\" }}{{ .Data.data.${field} }}{{ end }}"
}`
  );
  const config = `vault {
  address = "${server.address}"
  ca_cert = "${server.caFile}"
}
auto_auth {
  method {
    type = "token_file"
    config = { token_file_path = "${token}" }
  }
}
${templates.join("\n")}
exec {
  command = ${JSON.stringify(application)}
}
`;
  const file = `agent-${secrets.length}.hcl`;
  const option = `-config=${await workshop.write(file, config)}`;
  return { words: [path, "agent", option], env: { HOME: workshop.dir } };
}
