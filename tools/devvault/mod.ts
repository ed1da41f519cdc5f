/**
 * The development Vault: an in-memory server that speaks the part of Vault's
 * HTTP API that the wrapper uses, answers as OpenBao 2.7.2 does, and breaks on
 * demand. For demos and tests; nothing in it protects anything.
 */
import { openControl } from "./control.ts";
import { Core, type Standby } from "./core.ts";
import type { Credential } from "./database.ts";
import { Faults } from "./faults.ts";
import { Journal } from "./journal.ts";
import { KvV2 } from "./kv_v2.ts";
import { Listener } from "./listener.ts";
import { Authority, type Identity } from "./x509.ts";

export type { Fault } from "./faults.ts";
export { Authority, type Identity } from "./x509.ts";

/** How to start it; everything has a default. */
export interface DevVaultOptions {
  /** `https` (default) makes its own authority unless `identity` is given. */
  readonly scheme?: "http" | "https";
  readonly hostname?: string;
  /** 0 (default): any free one. */
  readonly port?: number;
  /** Port of the control API; without it there is none. 0: any free one. */
  readonly controlPort?: number;
  readonly rootToken?: string;
  /** Without the engine `secret/` (KV v2) that is there otherwise. */
  readonly bare?: boolean;
  /** Tokens that kubernetes and jwt logins take as they are. */
  readonly acceptedJwts?: readonly string[];
  /** Certificate to show, and the file of the authority that signed it. */
  readonly identity?: Identity & { readonly caFile: string };
  /** Further addresses of the same server, one for each certificate. */
  readonly alsoAs?: readonly Identity[];
}

/** A running server. */
export interface DevVault {
  readonly address: string;
  /** Addresses of `alsoAs`, in its order. */
  readonly alsoAt: readonly string[];
  /** Base URL of the control API; "" without one. */
  readonly controlAddress: string;
  /** PEM file of the authority to trust; "" for http. */
  readonly caFile: string;
  readonly rootToken: string;
  readonly unsealKey: string;
  readonly faults: Faults;
  readonly journal: Journal;
  /** What the database engine has made, and when it was taken back. */
  credentials(): readonly Readonly<Credential>[];
  seal(): void;
  unseal(): void;
  /** Makes it a standby node; undefined: active again. */
  setStandby(standby: Standby | undefined): void;
  /** Goes away as a crashed server does; what is stored stays. */
  kill(): Promise<void>;
  /** Comes back on the same addresses, sealed, as a restarted server is. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server, unsealed. */
export async function startDevVault(
  options: DevVaultOptions = {},
): Promise<DevVault> {
  const core = new Core(options);
  if (!options.bare) {
    core.namespaces.get("")?.mounts.set("secret/", new KvV2());
  }
  const served = { core, faults: new Faults(), journal: new Journal() };
  const { identity, caFile, dir } = identityFor(options);
  const hostname = options.hostname ?? "127.0.0.1";
  const listeners = [identity, ...(options.alsoAs ?? [])].map((shown, index) =>
    new Listener(
      served,
      { hostname, port: index === 0 ? options.port ?? 0 : 0 },
      shown,
    )
  );
  const { open, close } = together(listeners);
  await open();
  const [address = "", ...alsoAt] = listeners.map((each) => each.address);
  const levers = makeLevers(core, { open, close });
  const vault = { ...served, ...levers, address, alsoAt, caFile };
  const control = options.controlPort === undefined
    ? undefined
    : openControl(vault, { hostname, port: options.controlPort });
  const stop = async () => {
    await control?.close();
    await close();
    if (dir) await Deno.remove(dir, { recursive: true });
  };
  return {
    ...vault,
    controlAddress: control?.address ?? "",
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Openable {
  open(): Promise<void>;
  close(): Promise<void>;
}

/** All listeners as one. */
function together(listeners: readonly Openable[]): Openable {
  return {
    open: async () => {
      for (const listener of listeners) await listener.open();
    },
    close: async () => {
      await Promise.all(listeners.map((each) => each.close()));
    },
  };
}

/** What can be known of a server and done to it, besides its faults. */
function makeLevers(core: Core, listeners: Openable) {
  return {
    rootToken: core.root.id,
    unsealKey: core.unsealKey,
    credentials: () => {
      core.tokens.sweep();
      core.leases.sweep();
      return core.credentials;
    },
    seal: () => void (core.sealed = true),
    unseal: () => void (core.sealed = false),
    setStandby: (standby: Standby | undefined) => void (core.standby = standby),
    kill: () => listeners.close(),
    restart: async () => {
      await listeners.close();
      core.sealed = true;
      await listeners.open();
    },
  };
}

function identityFor(options: DevVaultOptions): {
  readonly identity: Identity | undefined;
  readonly caFile: string;
  readonly dir?: string;
} {
  if (options.scheme === "http") return { identity: undefined, caFile: "" };
  if (options.identity) {
    const { cert, key, caFile } = options.identity;
    return { identity: { cert, key }, caFile };
  }
  const dir = Deno.makeTempDirSync({ prefix: "devvault-" });
  const authority = new Authority("devvault authority");
  Deno.writeTextFileSync(`${dir}/ca.pem`, authority.cert);
  const names = ["localhost", "127.0.0.1", options.hostname ?? "127.0.0.1"];
  const identity = authority.issue({ commonName: "localhost", names });
  return { identity, caFile: `${dir}/ca.pem`, dir };
}
