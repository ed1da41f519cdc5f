/**
 * Runs a program in a container made by runc, the way Kubernetes would under
 * the restricted policy: no capabilities, uid 65532, read-only root, default
 * seccomp profile, own namespaces. Needs root; makes no images (tools/roots.ts
 * makes root directories).
 */
import { ensurePackages } from "../../../tools/packages.ts";
import { type Ran, tryRun } from "../../../tools/run.ts";
import { readDefaultSeccomp, SECCOMP_PACKAGE } from "./seccomp.ts";

// Only root runs containers.
if (Deno.uid() === 0) {
  await ensurePackages(["runc", SECCOMP_PACKAGE, "bsdutils"]);
}

export interface Mount {
  readonly destination: string;
  readonly source: string;
  /** bind, tmpfs, … as mount(8). Default bind. */
  readonly type?: string;
  readonly options?: readonly string[];
}

export interface Rlimit {
  /** RLIMIT_MEMLOCK for example. */
  readonly type: string;
  readonly soft: number;
  readonly hard: number;
}

export interface BundleOptions {
  /** Root directory; shared by several containers when it is read-only. */
  readonly root: string;
  /** argv. */
  readonly args: readonly string[];
  /** `NAME=value` each; none by default. */
  readonly env?: readonly string[];
  /** User and group id, 65532 by default. */
  readonly uid?: number;
  /** Read-only root, true by default. */
  readonly readonly?: boolean;
  /** Capabilities in all sets, CAP_SYS_PTRACE for example; none by default. */
  readonly caps?: readonly string[];
  /** `default`: the engines' default profile. */
  readonly seccomp?: "default" | "none";
  /** System calls that the profile answers with EPERM. */
  readonly forbidden?: readonly string[];
  /** System calls that the default profile here forbids and others allow. */
  readonly allowed?: readonly string[];
  /** Besides /proc, /dev and /sys. */
  readonly mounts?: readonly Mount[];
  readonly rlimits?: readonly Rlimit[];
  /** What it mounts in a mount with `rshared` is mounted outside too (mountPropagation: Bidirectional). */
  readonly sharesMounts?: boolean;
  /** A terminal as stdio; its output then is all in stdout. */
  readonly tty?: boolean;
  /** `host`: shares the machine's network. Default: none but loopback. */
  readonly network?: "none" | "host";
  readonly cwd?: string;
  /** no_new_privs, true by default as under `restricted`. */
  readonly noNewPrivileges?: boolean;
}

/** A bundle directory with one container in it. `await using` stops and deletes it. */
export class Bundle implements AsyncDisposable {
  readonly id: string;
  readonly folder: string;
  readonly #tty: boolean;

  /** Use makeBundle. */
  constructor(folder: string, tty: boolean) {
    this.folder = folder;
    this.id = `ct-${crypto.randomUUID().slice(0, 8)}`;
    this.#tty = tty;
  }

  /** Runs to the end. */
  async run(): Promise<Ran> {
    const { code, stdout, stderr } = await this.start().output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  }

  /** Starts it; the child process is runc, which ends with the container's status. */
  start(): Deno.ChildProcess {
    const runc = ["runc", ...this.#global, "run", "--bundle", this.folder];
    const words = [...runc, this.id];
    const [command = "", ...args] = this.#tty
      ? ["script", "-qefc", words.join(" "), "/dev/null"]
      : words;
    return new Deno.Command(command, {
      args,
      // A terminal's keyboard must stay open, or script(1) types an end of file into it.
      stdin: this.#tty ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Sends a signal, TERM for example, to PID 1 of the container. */
  async kill(signal: string): Promise<void> {
    await this.#runc("kill", this.id, signal);
  }

  /** PID 1 of the container as this machine sees it; waits until it runs. */
  async pid(): Promise<number> {
    for (let tries = 0; tries < 200; tries++) {
      const { code, stdout } = await this.#runc("state", this.id);
      const state = code === 0 ? JSON.parse(stdout) : {};
      if (state.status === "running") return state.pid;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error("The container did not start within 5 s");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runc("delete", "--force", this.id);
    await Deno.remove(this.folder, { recursive: true });
  }

  get #global(): string[] {
    return ["--root", `${this.folder}/state`];
  }

  #runc(...args: string[]): Promise<Ran> {
    return tryRun("runc", [...this.#global, ...args]);
  }
}

/** Writes the bundle; nothing runs yet. */
export async function makeBundle(options: BundleOptions): Promise<Bundle> {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-runc-" });
  const config = await makeConfig(options);
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
  return new Bundle(folder, options.tty ?? false);
}

const NAMESPACES = ["pid", "ipc", "uts", "mount", "cgroup", "network"];

async function makeConfig(options: BundleOptions): Promise<unknown> {
  const caps = options.caps ?? [];
  const namespaces = NAMESPACES.filter((type) =>
    type !== "network" || options.network !== "host"
  );
  const seccomp = options.seccomp === "none"
    ? undefined
    : await readDefaultSeccomp(caps, options.forbidden, options.allowed);
  return {
    ociVersion: "1.0.2",
    process: makeProcess(options, caps),
    root: { path: options.root, readonly: options.readonly ?? true },
    mounts: [...BASE_MOUNTS, ...(options.mounts ?? []).map(makeMount)],
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      ...(options.sharesMounts && { rootfsPropagation: "rshared" }),
      seccomp,
      // What the engines mask, so that /proc and /sys look as they do in a cluster.
      maskedPaths: [
        "/proc/kcore",
        "/proc/keys",
        "/proc/timer_list",
        "/sys/firmware",
      ],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"],
      resources: { devices: [{ allow: false, access: "rwm" }] },
    },
  };
}

function makeProcess(
  options: BundleOptions,
  caps: readonly string[],
): Record<string, unknown> {
  const uid = options.uid ?? 65532;
  return {
    terminal: options.tty ?? false,
    user: { uid, gid: uid },
    args: options.args,
    env: options.env ?? [],
    cwd: options.cwd ?? "/",
    noNewPrivileges: options.noNewPrivileges ?? true,
    rlimits: options.rlimits ?? [],
    capabilities: {
      bounding: caps,
      effective: caps,
      permitted: caps,
      inheritable: caps,
      ambient: caps,
    },
  };
}

const BASE_MOUNTS = [
  { destination: "/proc", type: "proc", source: "proc" },
  {
    destination: "/dev",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
  },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
  },
  {
    destination: "/sys",
    type: "bind",
    source: "/sys",
    options: ["rbind", "nosuid", "noexec", "nodev", "ro"],
  },
];

function makeMount(mount: Mount): Record<string, unknown> {
  const type = mount.type ?? "bind";
  return {
    destination: mount.destination,
    source: mount.source,
    type,
    options: mount.options ?? (type === "bind" ? ["bind", "ro"] : []),
  };
}
