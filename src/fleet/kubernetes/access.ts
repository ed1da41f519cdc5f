/** How a cluster is reached and who we are there. What kubeconfigs and pods are turned into. */

/** A program that answers with credentials. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  /** May it ask the person at the terminal? */
  readonly interactive: "Never" | "IfAvailable" | "Always";
  readonly installHint: string;
  /** `spec.cluster` of what it is told; undefined: it wants none. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
}

/** Certificate and key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What one logs in with. Any, all or nothing of it. */
export interface Login {
  readonly keyPair?: KeyPair;
  readonly token?: string;
  /** Read anew for each round: kubelets replace it. */
  readonly tokenFile?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly exec?: ExecPlugin;
  /** Whom to act as. */
  readonly impersonate?: string;
}

/** Whom to believe to be the server. */
export interface ServerTrust {
  /** PEM; undefined: public and the machine's authorities. */
  readonly ca?: string;
  readonly insecure: boolean;
  readonly serverName?: string;
  readonly proxy?: string;
}

/** One cluster, as one of its users. */
export interface Access {
  /** For people: the context's name. */
  readonly name: string;
  /** With a path where the API does not live at the root. */
  readonly server: URL;
  readonly namespace: string;
  readonly trust: ServerTrust;
  readonly login: Login;
}
