/**
 * What a soak runs: OpenBao, PostgreSQL, two agents and two wrappers. Leases and
 * tokens live for two seconds, so each wrapper renews or logs in all the time.
 */
import {
  appRoleLogin,
  setUpAppRole,
  vaultEnvironment,
} from "../../tests/support/openbao.ts";
import { NodeAgent } from "../../tests/support/agent/node_agent.ts";
import { Postgres } from "../../tests/support/postgres.ts";
import { startWrapper, type Wrapper } from "../../tests/support/wrapper.ts";
import { post } from "../openbao/api.ts";
import { setUpSecrets } from "../openbao/secrets.ts";
import { OpenBao } from "../openbao/server.ts";

/** Prints the signals that it gets, and leaves an orphan ten times a second. */
const SIGNALS = `
trap 'echo usr2' USR2; trap 'echo rotated' HUP; trap 'exit 0' TERM
echo ready; while :; do (sleep 0.05 &); sleep 0.1; done`;
/** Is restarted when a secret changes. */
const RESTARTS = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done";

const CREATE_ROLE =
  `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`;

/** Everything that runs. `folder` is for the agent that restarts. */
export interface Scene {
  readonly server: OpenBao;
  readonly steadyAgent: NodeAgent;
  /** Its application gets a signal when a secret changes. */
  readonly signalled: Wrapper;
  /** Its application is restarted; its agent too. */
  readonly restarted: Wrapper;
  /** Environment of a further wrapper of the steady agent. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the second agent as an upgrade does, and starts it again. */
  restartAgent(): Promise<void>;
}

/** Starts everything; `stack` ends it. `lifeMs`: longest life of a process. */
export async function openScene(
  stack: AsyncDisposableStack,
  folder: string,
  lifeMs: number,
): Promise<Scene> {
  const postgres = stack.use(await Postgres.start());
  const server = stack.use(await OpenBao.start());
  const env = await setUp(server, postgres);
  const startAgent = (more = {}) =>
    NodeAgent.start({ timeoutMs: lifeMs, ...more });
  const steadyAgent = stack.use(await startAgent());
  let changing = await startAgent({ folder });
  stack.defer(() => changing[Symbol.asyncDispose]());
  const wrappers = await startWrappers(stack, lifeMs, [
    withAgent(env, steadyAgent),
    withAgent(env, changing),
  ]);
  return {
    server,
    steadyAgent,
    ...wrappers,
    env: withAgent(env, steadyAgent),
    restartAgent: async () => {
      await changing.process.stop();
      changing = await startAgent({ folder });
    },
  };
}

type Environment = Readonly<Record<string, string>>;

function withAgent(env: Environment, { socket }: NodeAgent): Environment {
  return { ...env, CLOUDTASER_AGENT_SOCKET: socket };
}

/** Starts both, and waits for their applications. */
async function startWrappers(
  stack: AsyncDisposableStack,
  timeoutMs: number,
  [first, second]: readonly [Environment, Environment],
): Promise<Pick<Scene, "signalled" | "restarted">> {
  const start = (command: string, env: Environment) =>
    stack.use(
      startWrapper({ args: ["/bin/sh", "-c", command], env, timeoutMs }),
    );
  const signalled = start(SIGNALS, {
    ...first,
    CLOUDTASER_ON_ROTATE: "signal:HUP",
  });
  const restarted = start(RESTARTS, {
    ...second,
    CLOUDTASER_ON_ROTATE: "restart",
    CLOUDTASER_INTERPOSE: "auto",
  });
  const all = [signalled, restarted];
  await Promise.all(all.map((wrapper) => wrapper.waitForOutput(/ready/)));
  return { signalled, restarted };
}

/** @returns the environment of a wrapper with a static secret and one with a lease */
async function setUp(
  server: OpenBao,
  postgres: Postgres,
): Promise<Record<string, string>> {
  await setUpSecrets(server);
  await post(server, "sys/mounts/database", { type: "database" });
  await post(server, "database/config/main", {
    plugin_name: "postgresql-database-plugin",
    allowed_roles: "*",
    connection_url: postgres.connectionUrl,
    ...postgres.administrator,
  });
  await post(server, "database/roles/soak", {
    db_name: "main",
    creation_statements: [CREATE_ROLE],
    default_ttl: "2s",
    max_ttl: "6s",
  });
  const role = await setUpAppRole(server, { token_period: "2s" });
  return {
    ...vaultEnvironment(server, ""),
    ...appRoleLogin(role),
    DB_PASSWORD: "vault:secret/data/app#password",
    PGUSER: "vault:database/creds/soak#username",
    PGPASSWORD: "vault:database/creds/soak#password",
    CLOUDTASER_REFRESH_INTERVAL: "1s",
    CLOUDTASER_SCORE_INTERVAL: "1s",
    CLOUDTASER_VAULT_DEADLINE: "4s",
  };
}
