/**
 * Addresses and names of the cluster, and the paths in its state directory. The
 * versions of Kubernetes, containerd and Helm are in go/NAME/go.mod.
 */

/** The node's name. */
export const NODE = "node";
/** The node's address, which is also the bridge's: how pods reach what listens on the node. */
export const NODE_IP = "10.88.0.1";
/** Where pods get their addresses from. */
export const POD_SUBNET = "10.88.0.0/24";
/** The service `kubernetes`: on the node's loopback, in kube-proxy's stead. */
export const SERVICE_IP = "10.96.0.1";
/** Where services get theirs from. */
export const SERVICE_SUBNET = "10.96.0.0/24";
/** The pause image that every pod starts with. */
export const PAUSE_IMAGE = "localhost/pause:1";

/** A running cluster, as `running.json` describes it. */
export interface Running {
  /** The cluster ends with this process. */
  readonly supervisor: number;
  /** Holds the node's namespaces. */
  readonly holder: number;
  /** The `cgroup.procs` of its daemons. */
  readonly group: string;
  /** The API server, as this machine reaches it. */
  readonly address: string;
}

/** Files of one cluster, below its state directory. */
export class Files {
  readonly state: string;

  constructor(state: string) {
    this.state = state;
  }

  get name(): string {
    return this.state.replace(/^.*\//, "");
  }
  get running(): string {
    return `${this.state}/running.json`;
  }
  get kubeconfig(): string {
    return `${this.state}/kubeconfig`;
  }
  /** Kubernetes, as the node sees it. */
  get programs(): string {
    return `${this.state}/programs`;
  }
  /** containerd, as the node sees it. */
  get runtime(): string {
    return `${this.state}/runtime`;
  }
  /** Debian packages, as the node sees them. */
  get packages(): string {
    return `${this.state}/packages`;
  }

  /** Certificate, key or other file of the public key infrastructure. */
  pki(name: string): string {
    return `${this.state}/pki/${name}`;
  }

  /** Configuration of a component. */
  configuration(name: string): string {
    return `${this.state}/configuration/${name}`;
  }

  /** Output of a component. */
  log(name: string): string {
    return `${this.state}/logs/${name}.log`;
  }
}
