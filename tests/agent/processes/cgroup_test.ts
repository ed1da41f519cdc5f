/** Whose container a process is in: real files of /proc/PID/cgroup, and whatever else may stand there. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCgroup, parseCgroupPath } from "@/agent/processes/cgroup.ts";

const ID = "3c5b7cb9f1d5a6b8e0f2a4c6d8e0f2a4c6d8e0f2a4c6d8e0f2a4c6d8e0f2a4c6";
const OTHER = ID.replaceAll("c", "7");
const UID = "0a5d1f7e-8a3b-4c6d-9e2f-1b2c3d4e5f60";
const SYSTEMD_UID = UID.replaceAll("-", "_");
const STATIC_UID = "8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d";

const CASES: readonly (readonly [string, string, object])[] = [
  [
    "containerd, systemd, v2",
    `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${SYSTEMD_UID}.slice/cri-containerd-${ID}.scope\n`,
    { podUid: UID, containerId: ID },
  ],
  [
    "containerd, systemd, v2, guaranteed",
    `0::/kubepods.slice/kubepods-pod${SYSTEMD_UID}.slice/cri-containerd-${ID}.scope`,
    { podUid: UID, containerId: ID },
  ],
  [
    "containerd, cgroupfs, v2",
    `0::/kubepods/besteffort/pod${UID}/${ID}\n`,
    { podUid: UID, containerId: ID },
  ],
  [
    "containerd, cgroupfs, v1",
    [
      `12:cpuset:/kubepods/burstable/pod${UID}/${ID}`,
      `11:memory:/kubepods/burstable/pod${UID}/${ID}`,
      "1:name=systemd:/kubepods/burstable",
      "0::/",
    ].join("\n"),
    { podUid: UID, containerId: ID },
  ],
  [
    "containerd, systemd, v1, as CRI names it",
    `10:devices:/system.slice/containerd.service/kubepods-besteffort-pod${SYSTEMD_UID}.slice:cri-containerd:${ID}`,
    { podUid: UID, containerId: ID },
  ],
  [
    "CRI-O, systemd, v2, with a cgroup of the container's own",
    `0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${SYSTEMD_UID}.slice/crio-${ID}.scope/container`,
    { podUid: UID, containerId: ID },
  ],
  [
    "CRI-O's minder is no container",
    `0::/kubepods.slice/kubepods-pod${SYSTEMD_UID}.slice/crio-conmon-${ID}.scope`,
    { podUid: UID },
  ],
  [
    "Docker under the kubelet",
    `4:memory:/kubepods/pod${UID}/${ID}`,
    { podUid: UID, containerId: ID },
  ],
  ["Docker, cgroupfs", `4:memory:/docker/${ID}\n0::/`, { containerId: ID }],
  [
    "Docker, systemd, v2",
    `0::/system.slice/docker-${ID}.scope`,
    { containerId: ID },
  ],
  [
    "Podman",
    `0::/machine.slice/libpod-${ID}.scope/container`,
    { containerId: ID },
  ],
  [
    "a static pod, whose uid has no dashes",
    `0::/kubepods/burstable/pod${STATIC_UID}/${ID}`,
    { podUid: STATIC_UID, containerId: ID },
  ],
  [
    "kind: a node that is a container itself",
    `0::/docker/${OTHER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${SYSTEMD_UID}.slice/cri-containerd-${ID}.scope`,
    { podUid: UID, containerId: ID },
  ],
  [
    "a pod's own cgroup under a node that is a container",
    `0::/docker/${OTHER}/kubepods/pod${UID}`,
    { podUid: UID },
  ],
  [
    "seen from a cgroup namespace beside it",
    `0::/../../kubepods-burstable-pod${SYSTEMD_UID}.slice/cri-containerd-${ID}.scope`,
    { podUid: UID, containerId: ID },
  ],
  ["a service", "0::/system.slice/sshd.service", {}],
  ["a session", "0::/user.slice/user-0.slice/session-1.scope", {}],
  ["in its own namespace", "0::/", {}],
  ["nothing", "", {}],
  ["no file of this kind", "hello", {}],
];

for (const [name, text, expected] of CASES) {
  Deno.test(`parseCgroup(): ${name}`, () => {
    assert.deepEqual(parseCgroup(text), expected);
  });
}

Deno.test("parseCgroup() finds what was put anywhere, and invents nothing", () => {
  const hex = (length: number) =>
    fc.string({
      unit: fc.constantFrom(..."0123456789abcdef"),
      minLength: length,
      maxLength: length,
    });
  const part = fc.string({
    unit: fc.constantFrom(..."abcxyz-_.0189"),
    maxLength: 20,
  });
  fc.assert(fc.property(
    fc.array(part, { maxLength: 4 }),
    hex(64),
    hex(32),
    fc.constantFrom("cri-containerd-", "crio-", "docker-", "libpod-", ""),
    fc.boolean(),
    (before, id, uid, runtime, isSystemd) => {
      const path = [
        ...before,
        isSystemd ? `kubepods-pod${uid}.slice` : `pod${uid}`,
        isSystemd ? `${runtime}${id}.scope` : id,
      ].join("/");
      assert.deepEqual(parseCgroup(`0::/${path}`), {
        podUid: uid,
        containerId: id,
      });
    },
  ));
  fc.assert(fc.property(fc.string(), (text) => {
    const { containerId, podUid } = parseCgroup(text);
    assert.ok(containerId === undefined || text.includes(containerId));
    assert.ok(podUid === undefined || podUid.length >= 32);
    parseCgroupPath(text);
  }));
});
