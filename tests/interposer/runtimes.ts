/**
 * The runtimes of docs/RUNTIMES.md. Each has two commands: one does not read the
 * secret, the other reads it and starts a child that reads it. Both print `ready PID`.
 */
import { findGo } from "../../tools/cluster/go.ts";
import { compileGuest, compileMuslGuest, FOLDER } from "./guests.ts";

/** One row of the table. */
export interface Runtime {
  readonly name: string;
  /** Command for sh: prints one line with the version. */
  readonly version: string;
  /** Undefined: it always reads the secret. */
  readonly idle?: readonly string[];
  readonly read: readonly string[];
  /** Number of right hashes that it prints; 0: it cannot print them. */
  readonly hashes: number;
  /** A note for the table. */
  readonly note: string;
}

const PROGRAMS = new URL("./programs/", import.meta.url).pathname;
const WAIT = "echo ready $$; while :; do sleep 0.2; done";

/** All rows in order. `port`: of the fake PostgreSQL server. */
export async function listRuntimes(port: number): Promise<Runtime[]> {
  const guest = compileGuest("runtime");
  return [
    ...listGuests(guest),
    ...listShells(guest),
    ...listLanguages(guest),
    {
      name: "nginx",
      version: "/usr/sbin/nginx -v 2>&1",
      read: ["/usr/sbin/nginx", "-c", configureNginx()],
      hashes: 0,
      note: "master process, with `env DB_PASSWORD;`",
    },
    {
      name: "psql",
      version: "psql --version",
      read: ["psql", "-w", "-h", "127.0.0.1", "-p", `${port}`, "-U", "a", "db"],
      hashes: 0,
      note: "libpq keeps the password of its connection",
    },
    await goRow(guest),
  ];
}

function listGuests(guest: string): Runtime[] {
  const row = (name: string, program: string, version: string): Runtime => ({
    name,
    version,
    idle: [program, "ready"],
    read: [program, "hash", "DB_PASSWORD", "child", "DB_PASSWORD", "ready"],
    hashes: 2,
    note: "reads in place",
  });
  return [
    row("C, glibc", guest, "ldd --version 2>&1"),
    row("C, musl", compileMuslGuest("runtime-musl"), "dpkg-query -W musl"),
  ];
}

function listShells(guest: string): Runtime[] {
  const child = `${guest} hash DB_PASSWORD`;
  const shell = (name: string, version: string, note: string): Runtime => ({
    name,
    version,
    idle: [name, "-c", WAIT],
    read: [name, "-c", `${child}; test -n "$DB_PASSWORD"; ${child}; ${WAIT}`],
    hashes: 2,
    note,
  });
  const script = (name: string, version: string): Runtime => ({
    name: `${name} entrypoint`,
    version,
    read: [
      write(`entrypoint.${name}`, `#!/bin/${name}\n${child}\nexec "$@"\n`),
      ...[guest, "hash", "DB_PASSWORD", "ready"],
    ],
    hashes: 2,
    note: "after its `exec`, here of the C program",
  });
  const dash = "dpkg-query -W dash";
  const bash = "bash --version";
  return [
    shell("dash", dash, "reads in place"),
    shell("bash", bash, "makes its own copy of every variable"),
    script("sh", dash),
    script("bash", bash),
  ];
}

function listLanguages(guest: string): Runtime[] {
  const row = (
    name: string,
    version: string,
    command: string,
    app: string,
    note: string,
  ): Runtime => ({
    name,
    version,
    idle: [command, PROGRAMS + app, "idle"],
    read: [command, PROGRAMS + app, "read", guest],
    hashes: 2,
    note,
  });
  const python = "/usr/bin/python3";
  const own = "makes its own copy at the start";
  const read = "copies what it reads, when it does";
  const java = "copies all at the first `System.getenv`";
  const environ = "`os.environ` is filled at the start";
  const env = "`%ENV` is filled at the start";
  return [
    row("Python", `${python} --version`, python, "app.py", environ),
    row("Node.js", "node --version", "node", "app.js", read),
    row("Java", "java --version", "java", "App.java", java),
    row("Ruby", "ruby --version", "ruby", "app.rb", own),
    row("Perl", "perl -v | grep version", "perl", "app.pl", env),
    row("PHP (CLI)", "php --version", "php", "app.php", own),
  ];
}

async function goRow(guest: string): Promise<Runtime> {
  const tool = await findGo();
  const go = `${FOLDER}/go`;
  const { success, stderr } = new Deno.Command(tool, {
    args: ["build", "-o", go, `${PROGRAMS}app.go`],
    env: { CGO_ENABLED: "0", GOFLAGS: "-p=1", GO111MODULE: "off" },
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return {
    name: "Go, static",
    version: `${tool} version`,
    idle: [go, "idle"],
    read: [go, "read", guest],
    hashes: 2,
    note: "static: secrets in its environment",
  };
}

function configureNginx(): string {
  const text = Deno.readTextFileSync(`${PROGRAMS}nginx.conf`);
  return write("nginx.conf", text.replaceAll("FOLDER", FOLDER));
}

function write(name: string, text: string): string {
  const path = `${FOLDER}/${name}`;
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, 0o755);
  return path;
}
