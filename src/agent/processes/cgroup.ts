/**
 * Whose container a process is in, from the text of /proc/PID/cgroup: cgroup v1
 * and v2, systemd's and cgroupfs' names, as containerd, CRI-O, Docker and Podman
 * write them. Pure.
 */

/** What the path of a cgroup tells. */
export interface Container {
  readonly containerId?: string;
  readonly podUid?: string;
}

/** `cri-containerd-ID.scope`, `crio-ID.scope`, `docker-ID.scope`, `libpod-ID`, or the id alone. */
const CONTAINER = /^(?:([a-z][a-z0-9-]*)-)?([0-9a-f]{64})(?:\.scope)?$/;
/** `podUID`, `kubepods-burstable-podUID.slice`; systemd writes `_` for `-`. */
const POD =
  /^(?:[a-z-]+-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
/** CRI-O's minder of a container has a scope of its own beside it. */
const MINDER = "crio-conmon";

/** Reads the file. The line that tells most counts: hierarchies of v1 may differ. */
export function parseCgroup(text: string): Container {
  let best: Container = {};
  for (const line of text.split("\n")) {
    const found = parseCgroupPath(line.split(":").slice(2).join(":"));
    if (weigh(found) > weigh(best)) best = found;
  }
  return best;
}

/** Reads one path, from the root of the hierarchy or from anywhere in it. */
export function parseCgroupPath(path: string): Container {
  let found: Container = {};
  // `/system.slice/containerd.service/kubepods-podUID.slice:cri-containerd:ID`: a colon separates too.
  for (const part of path.split(/[/:]/)) {
    const pod = POD.exec(part)?.[1];
    // What follows is inside this pod: an id before it was the node's own container.
    if (pod !== undefined) found = { podUid: withDashes(pod) };
    const [, minder, containerId] = CONTAINER.exec(part) ?? [];
    if (containerId !== undefined && minder !== MINDER) {
      found = { ...found, containerId };
    }
  }
  return found;
}

function withDashes(uid: string): string {
  return uid.replaceAll("_", "-");
}

function weigh({ containerId, podUid }: Container): number {
  return (containerId === undefined ? 0 : 2) + (podUid === undefined ? 0 : 1);
}
