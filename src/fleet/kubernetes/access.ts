/** How to reach a cluster, and how to log in: the result of reading kubeconfigs or a service account. */

/** A program that prints credentials. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  /** Whether it may prompt on the terminal. */
  readonly interactive: "Never" | "IfAvailable" | "Always";
  readonly installHint: string;
  /** `spec.cluster` of its input; undefined when it does not want it. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
}

/** Certificate and key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Credentials of the user entry; any combination, or none. */
export interface Login {
  readonly keyPair?: KeyPair;
  readonly token?: string;
  /** Read again for each round: the kubelet renews it. */
  readonly tokenFile?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly exec?: ExecPlugin;
  /** User to impersonate. */
  readonly impersonate?: string;
}

/** How to verify the server. */
export interface ServerTrust {
  /** PEM; undefined: the public authorities and those of the machine. */
  readonly ca?: string;
  readonly insecure: boolean;
  readonly serverName?: string;
  readonly proxy?: string;
}

/** One cluster, as one of its users. */
export interface Access {
  /** The context's name, for display. */
  readonly name: string;
  /** With a path, when the API is not at the root. */
  readonly server: URL;
  readonly namespace: string;
  readonly trust: ServerTrust;
  readonly login: Login;
}
