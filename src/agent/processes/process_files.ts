/** What /proc tells of a process while it lives; undefined where it tells nothing any more. */
import { type Container, parseCgroup } from "./cgroup.ts";

/** Tests have others. */
export interface ProcessFiles {
  /** Whose container it is in. */
  container(pid: number): Container | undefined;
  /** Its executable's path, as its own mounts have it. */
  executable(pid: number): string | undefined;
  /** The path of a cgroup by its id. It reads every directory: not to be asked often. */
  cgroupPath(id: number): string | undefined;
}

/** Where cgroup2 is; beside version 1 it has a folder of its own. Inode numbers of version 1 are other ids. */
const CGROUP2_ROOTS = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
/** Every directory of cgroup2 has it, and none of version 1. */
const CGROUP2_FILE = "cgroup.controllers";
/** A node has some hundreds. */
const MOST_DIRECTORIES = 20_000;

/** The files of the host's /proc: the agent is in its PID namespace. */
export const PROC: ProcessFiles = {
  container: (pid) => {
    const text = quietly(() => Deno.readTextFileSync(`/proc/${pid}/cgroup`));
    return text === undefined ? undefined : parseCgroup(text);
  },
  executable: (pid) => quietly(() => Deno.readLinkSync(`/proc/${pid}/exe`)),
  cgroupPath: (id) => {
    const root = CGROUP2_ROOTS.find((path) =>
      quietly(() => Deno.statSync(`${path}/${CGROUP2_FILE}`)) !== undefined
    );
    return root && findDirectory(root, id)?.slice(root.length);
  },
};

/** A cgroup's id is the inode number of its directory. */
function findDirectory(root: string, inode: number): string | undefined {
  const paths = [root];
  for (let at = 0; at < paths.length && at < MOST_DIRECTORIES; at++) {
    const path = paths[at] ?? "";
    if (quietly(() => Deno.statSync(path).ino) === inode) return path;
    for (const entry of quietly(() => [...Deno.readDirSync(path)]) ?? []) {
      if (entry.isDirectory) paths.push(`${path}/${entry.name}`);
    }
  }
  return undefined;
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
