/** Reads /proc and cgroup2 about a process; undefined once the process has ended. */
import { type Container, parseCgroup } from "./cgroup.ts";

/** An interface, so that tests can replace it. */
export interface ProcessFiles {
  /** Its container. */
  container(pid: number): Container | undefined;
  /** Path of its executable, in its own mount namespace. */
  executable(pid: number): string | undefined;
  /** Path of a cgroup by its id. Slow: it reads every directory. */
  cgroupPath(id: number): string | undefined;
}

/** Mount points of cgroup2; the first is used beside version 1, whose inode numbers are other ids. */
const CGROUP2_ROOTS = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
/** Only cgroup2 directories have it. */
const CGROUP2_FILE = "cgroup.controllers";
/** Nodes have hundreds. */
const MAX_DIRECTORIES = 20_000;

/** The host's /proc: the agent runs in the host's PID namespace. */
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
  for (let at = 0; at < paths.length && at < MAX_DIRECTORIES; at++) {
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
