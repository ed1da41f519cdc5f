/**
 * Parses /proc/PID/cgroup into container id and pod uid: cgroup v1 and v2, with
 * the names that systemd and cgroupfs drivers of containerd, CRI-O, Docker and
 * Podman use.
 */

/** What a cgroup path contains. */
export interface Container {
  readonly containerId?: string;
  readonly podUid?: string;
}

/** `cri-containerd-ID.scope`, `crio-ID.scope`, `docker-ID.scope`, `libpod-ID`, or the id alone. */
const CONTAINER = /^(?:([a-z][a-z0-9-]*)-)?([0-9a-f]{64})(?:\.scope)?$/;
/** `podUID`, `kubepods-burstable-podUID.slice`; systemd writes `_` for `-`. */
const POD =
  /^(?:[a-z-]+-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
/** CRI-O's monitor process has a scope of its own beside the container's. */
const MONITOR = "crio-conmon";

/** Parses the file. v1 hierarchies may differ, so the most specific line counts. */
export function parseCgroup(text: string): Container {
  let best: Container = {};
  for (const line of text.split("\n")) {
    const found = parseCgroupPath(line.split(":").slice(2).join(":"));
    if (weigh(found) > weigh(best)) best = found;
  }
  return best;
}

/** Parses one path, absolute or relative to any cgroup. */
export function parseCgroupPath(path: string): Container {
  let found: Container = {};
  // `/system.slice/containerd.service/kubepods-podUID.slice:cri-containerd:ID`: a colon separates too.
  for (const part of path.split(/[/:]/)) {
    const pod = POD.exec(part)?.[1];
    // A container id before the pod belongs to the node itself (nested nodes).
    if (pod !== undefined) found = { podUid: withDashes(pod) };
    const [, prefix, containerId] = CONTAINER.exec(part) ?? [];
    if (containerId !== undefined && prefix !== MONITOR) {
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
