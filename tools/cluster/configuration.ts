/** Configuration files of the node: containerd, its network, the kubelet, and the components' kubeconfigs. */
import { writeKubeconfig } from "./pki.ts";
import type { Files } from "./settings.ts";
import { NODE_IP, PAUSE_IMAGE, POD_SUBNET } from "./settings.ts";

/** Writes all of them. */
export async function writeConfiguration(files: Files): Promise<void> {
  const write = (name: string, text: string) =>
    Deno.writeTextFile(files.configuration(name), text);
  await write("containerd.toml", containerd(files));
  await Deno.mkdir(files.configuration("cni"));
  await write("cni/10-node.conflist", JSON.stringify(NETWORK));
  await write("kubelet.yaml", JSON.stringify(kubelet(files)));
  for (const name of ["node", "scheduler", "controllers"]) {
    const path = files.configuration(`${name}.kubeconfig`);
    await writeKubeconfig(files, path, `https://${NODE_IP}`, name);
  }
}

/**
 * Without CAP_SYS_RESOURCE pods start only with restrict_oom_score_adj. The
 * plugin `opt` would make folders in this machine's /opt.
 */
function containerd(files: Files): string {
  return `version = 3
disabled_plugins = ["io.containerd.internal.v1.opt"]
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${PAUSE_IMAGE}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["${files.packages}/usr/lib/cni"]
    conf_dir = "${files.configuration("cni")}"
`;
}

const NETWORK = {
  cniVersion: "0.4.0",
  name: "node",
  plugins: [{
    type: "bridge",
    bridge: "cni0",
    isDefaultGateway: true,
    ipam: { type: "host-local", ranges: [[{ subnet: POD_SUBNET }]] },
  }],
};

/** Images cannot be pulled again, so a full disk removes neither images nor pods. */
function kubelet(files: Files): unknown {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    cgroupDriver: "cgroupfs",
    // Hosts with cgroup v1 run these tests too.
    failCgroupV1: false,
    cgroupRoot: `/${files.name}`,
    volumePluginDir: "/var/lib/kubelet/volumeplugins",
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "100Mi" },
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: files.pki("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    // Tests wait for these.
    nodeStatusUpdateFrequency: "2s",
    syncFrequency: "2s",
  };
}
