/** How well the way to Vault is protected: a fact for the status, and a warning at every start. */
import type { Config } from "@/config/load.ts";
import type { Fact } from "@/score/evidence.ts";

/** What is said of it. */
interface VaultTransport {
  /** For the status. */
  readonly value: string;
  /** For the log; undefined where nothing is weakened. */
  readonly warning?: string;
}

/** Judges the settings; undefined when Vault is not spoken to. */
export function judgeTransport({ vault }: Config): VaultTransport | undefined {
  if (!vault) return undefined;
  if (/^http:/i.test(vault.address)) {
    return {
      value: "UNENCRYPTED: VAULT_ADDR is http",
      warning:
        "VAULT_ADDR is http: the token and all secrets travel unencrypted, and anybody may answer as Vault; write https",
    };
  }
  if (vault.address.startsWith("unix:")) return { value: "unix socket" };
  return vault.skipVerify
    ? {
      value: "UNVERIFIED: VAULT_SKIP_VERIFY is set",
      warning:
        "VAULT_SKIP_VERIFY is set: anybody on the way to Vault may answer as Vault and gets the token; set VAULT_CACERT to the authority of its certificate instead",
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
