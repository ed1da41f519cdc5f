/** Protection of the connection to Vault: a fact of the status, and a warning at the start. */
import type { Config } from "@/config/load.ts";
import type { Fact } from "@/score/evidence.ts";

/** The protection of the connection. */
interface VaultTransport {
  /** For the status. */
  readonly value: string;
  /** For the log; undefined when nothing is weakened. */
  readonly warning?: string;
}

/** Judges the settings; undefined without Vault. */
export function judgeTransport({ vault }: Config): VaultTransport | undefined {
  if (!vault) return undefined;
  if (/^http:/i.test(vault.address)) {
    return {
      value: "UNENCRYPTED: VAULT_ADDR is http",
      warning:
        "VAULT_ADDR is http: the token and all secrets travel unencrypted, and any host may pose as Vault; use https",
    };
  }
  if (vault.address.startsWith("unix:")) return { value: "unix socket" };
  return vault.skipVerify
    ? {
      value: "UNVERIFIED: VAULT_SKIP_VERIFY is set",
      warning:
        "VAULT_SKIP_VERIFY is set: any host on the network path may pose as Vault and gets the token; unset it, and set VAULT_CACERT to the authority of its certificate",
    }
    : { value: "TLS, certificate verified" };
}

/** The same as a fact. */
export function listTransport(config: Config): Fact[] {
  const transport = judgeTransport(config);
  return transport
    ? [{
      name: "vault transport",
      value: transport.value,
      source: "VAULT_ADDR, VAULT_SKIP_VERIFY",
    }]
    : [];
}
