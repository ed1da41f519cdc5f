/** Command lines of the node's components. */
import { type Files, NODE, NODE_IP, SERVICE_SUBNET } from "./settings.ts";

/** Program and arguments. */
export type CommandLine = readonly string[];

/** The store, in memory. */
export function etcd(): CommandLine {
  return ["etcd", "--data-dir=/run/etcd"];
}

/** The container runtime. */
export function containerd(files: Files): CommandLine {
  return ["containerd", "--config", files.configuration("containerd.toml")];
}

/** The API server, on the service address's port too. */
export function apiServer(files: Files): CommandLine {
  return [
    "kube-apiserver",
    "--etcd-servers=http://127.0.0.1:2379",
    "--bind-address=0.0.0.0",
    "--secure-port=443",
    `--advertise-address=${NODE_IP}`,
    `--service-cluster-ip-range=${SERVICE_SUBNET}`,
    `--tls-cert-file=${files.pki("server.crt")}`,
    `--tls-private-key-file=${files.pki("server.key")}`,
    `--client-ca-file=${files.pki("ca.crt")}`,
    `--service-account-key-file=${files.pki("accounts.key")}`,
    `--service-account-signing-key-file=${files.pki("accounts.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--kubelet-client-certificate=${files.pki("admin.crt")}`,
    `--kubelet-client-key=${files.pki("admin.key")}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--authorization-mode=Node,RBAC",
    "--anonymous-auth=false",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
  ];
}

/** The kubelet. */
export function kubelet(files: Files): CommandLine {
  return [
    "kubelet",
    `--config=${files.configuration("kubelet.yaml")}`,
    `--kubeconfig=${files.configuration("node.kubeconfig")}`,
    `--node-ip=${NODE_IP}`,
    `--hostname-override=${NODE}`,
  ];
}

/** The scheduler. */
export function scheduler(files: Files): CommandLine {
  return ["kube-scheduler", ...asClient(files, "scheduler")];
}

/** The built-in controllers: Deployments, DaemonSets, service accounts and others. */
export function controllers(files: Files): CommandLine {
  return [
    "kube-controller-manager",
    ...asClient(files, "controllers"),
    `--service-account-private-key-file=${files.pki("accounts.key")}`,
    `--root-ca-file=${files.pki("ca.crt")}`,
  ];
}

function asClient(files: Files, name: string): string[] {
  const kubeconfig = files.configuration(`${name}.kubeconfig`);
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
  ];
}
