/**
 * A PostgreSQL in a temporary directory on a free port, for Vault's database
 * engine. It is not the system's cluster.
 */
import { freePort } from "../../tools/free_port.ts";
import { ensurePackages } from "../../tools/packages.ts";

const READY_MS = 20_000;
const PASSWORD = "postgres-admin-password";

/** A running cluster; also `await using`. */
export class Postgres {
  readonly port: number;
  readonly #dir: string;
  readonly #process: Deno.ChildProcess;

  private constructor(dir: string, port: number, process: Deno.ChildProcess) {
    this.#dir = dir;
    this.port = port;
    this.#process = process;
  }

  /** Makes a new cluster and starts it. Needs root, for Debian's package. */
  static async start(): Promise<Postgres> {
    await ensurePackages(["postgresql"]);
    const bin = binaries();
    const dir = await Deno.makeTempDir({ prefix: "postgres-" });
    const owner = await postgresUser();
    await Deno.chown(dir, owner.uid, owner.gid);
    await initialise(bin, dir, owner);
    const port = freePort();
    const process = new Deno.Command(`${bin}/postgres`, {
      args: ["-D", `${dir}/data`, ...settings(dir, port)],
      ...owner,
      cwd: dir,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const server = new Postgres(dir, port, process);
    await server.#untilReady();
    return server;
  }

  /** For the database engine, which fills in user and password. */
  get connectionUrl(): string {
    return `postgresql://{{username}}:{{password}}@127.0.0.1:${this.port}/postgres?sslmode=disable`;
  }

  /** The user of the database engine. */
  get administrator(): {
    readonly username: string;
    readonly password: string;
  } {
    return { username: "admin", password: PASSWORD };
  }

  /** Rows of one statement, as text, `|` between columns. */
  async query(statement: string): Promise<string[]> {
    const { success, stdout, stderr } = await new Deno.Command("psql", {
      args: ["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement],
      env: this.#clientEnvironment(),
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
    const text = new TextDecoder().decode(stdout).trim();
    return text === "" ? [] : text.split("\n");
  }

  /** Existing roles that the database engine has made. */
  dynamicRoles(): Promise<string[]> {
    return this.query(
      "select rolname from pg_roles where rolname like 'v-%' order by 1",
    );
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGINT");
    await this.#process.status;
    await Deno.remove(this.#dir, { recursive: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #clientEnvironment(): Record<string, string> {
    return {
      PGHOST: this.#dir,
      PGPORT: String(this.port),
      PGUSER: "admin",
      PGDATABASE: "postgres",
    };
  }

  async #untilReady(): Promise<void> {
    const limit = Date.now() + READY_MS;
    for (;;) {
      try {
        await this.query("select 1");
        return;
      } catch (error) {
        if (Date.now() > limit) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

async function initialise(
  bin: string,
  dir: string,
  owner: Owner,
): Promise<void> {
  Deno.writeTextFileSync(`${dir}/password`, PASSWORD, { mode: 0o644 });
  const args = [
    ["-D", `${dir}/data`, "-U", "admin", "--pwfile", `${dir}/password`],
    ["--auth-host=scram-sha-256", "--auth-local=trust", "--no-sync"],
    ["-E", "UTF8", "--locale=C"],
  ];
  const { success, stderr } = await new Deno.Command(`${bin}/initdb`, {
    args: args.flat(),
    ...owner,
    cwd: dir,
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function settings(dir: string, port: number): string[] {
  const values = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: dir,
    fsync: "off",
    shared_buffers: "16MB",
    max_connections: 40,
  };
  return Object.entries(values).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
}

function binaries(): string {
  const root = "/usr/lib/postgresql";
  const versions = [...Deno.readDirSync(root)]
    .map((entry) => Number(entry.name))
    .filter((version) => !Number.isNaN(version));
  return `${root}/${Math.max(...versions)}/bin`;
}

async function postgresUser(): Promise<Owner> {
  const passwd = await Deno.readTextFile("/etc/passwd");
  const fields = passwd.match(/^postgres:[^:]*:(\d+):(\d+):/m);
  if (!fields) throw new Error("The user postgres does not exist");
  return { uid: Number(fields[1]), gid: Number(fields[2]) };
}
