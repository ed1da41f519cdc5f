/** A cgroup as the kubelet makes one for a container, without kubelet and container. */

/** Beside cgroup version 1 the second has a folder of its own. */
const ROOTS = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];

/** Removed with `using`, once it is empty. */
export class PodCgroup implements Disposable {
  readonly podUid = crypto.randomUUID();
  readonly containerId = `${crypto.randomUUID()}${crypto.randomUUID()}`
    .replaceAll("-", "");
  readonly #root = findRoot();
  readonly #home = readOwnPath();

  constructor() {
    Deno.mkdirSync(this.#path, { recursive: true });
  }

  /** The file that takes pids. */
  get procs(): string {
    return `${this.#path}/cgroup.procs`;
  }

  /** This process, and whom it starts from now on. */
  enter(): void {
    Deno.writeTextFileSync(this.procs, `${Deno.pid}`);
  }

  /** Back to where we were. */
  leave(): void {
    const path = `${this.#root}${this.#home}/cgroup.procs`;
    Deno.writeTextFileSync(path, `${Deno.pid}`);
  }

  [Symbol.dispose](): void {
    for (const path of [this.#path, this.#pod, `${this.#root}/kubepods`]) {
      try {
        Deno.removeSync(path);
      } catch {
        // It has processes or other pods.
      }
    }
  }

  get #pod(): string {
    return `${this.#root}/kubepods/pod${this.podUid}`;
  }

  get #path(): string {
    return `${this.#pod}/${this.containerId}`;
  }
}

/** In cgroup2, from its root. */
function readOwnPath(): string {
  const text = Deno.readTextFileSync("/proc/self/cgroup");
  return /^0::(.*)$/m.exec(text)?.[1] ?? "/";
}

function findRoot(): string {
  for (const root of ROOTS) {
    try {
      Deno.statSync(`${root}/cgroup.controllers`);
      return root;
    } catch {
      // Not this one.
    }
  }
  throw new Error("No cgroup2 is mounted");
}
