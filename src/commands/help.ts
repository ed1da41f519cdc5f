/** What `--help`, `help settings` and `--version` print. Made from the table of settings. */
import { flagOf, type Setting, SETTINGS } from "@/config/mod.ts";
import { VERSION } from "./version.ts";

/** `--help`: one screen of 24 lines. */
export const HELP =
  `cloudtaser-wrapper - starts an application with secrets that even root cannot read

  cloudtaser-wrapper [FLAGS] [--] COMMAND [ARGS…]   fetch secrets, prove, start, mind
  cloudtaser-wrapper check [--json]                 what this machine gives, and why
  cloudtaser-wrapper install DIR                    copy this binary (init containers)
  cloudtaser-wrapper help settings                  every setting

Secrets, by reference or by path:
  DB_PASSWORD=vault:secret/data/app#password        or inline: pg://u:\${vault:…#…}@db
  CLOUDTASER_SECRET_PATHS=secret/data/app           CLOUDTASER_ENV_MAP=password=DB_PASSWORD

Settings are variables, or flags of the same name (--min-protection-score=55):
  VAULT_ADDR                      https://vault.example.com:8200 (BAO_ADDR too)
  VAULT_AUTH_METHOD, _AUTH_ROLE   kubernetes, token, approle, jwt or cert
  VAULT_CACERT                    file of the CA that signed Vault's certificate
  CLOUDTASER_MIN_PROTECTION_SCORE do not start below this score (of 75)
  CLOUDTASER_REQUIRE_CHECKS       memfd_secret,ebpf_connected,…
  CLOUDTASER_ON_ROTATE            none, signal:HUP or restart
  CLOUDTASER_LISTEN               0.0.0.0:8199: /metrics /healthz /readyz /v1/status

Exit: the application's own; 64 usage, 69 Vault, 70 bug, 71 kernel, 77 score, 78 setting
`;

/** `--version`. */
export function renderVersion(): string {
  return `cloudtaser-wrapper ${VERSION.wrapper} (deno ${VERSION.deno}, glibc ${VERSION.glibc})\n`;
}

/** `help settings`: two lines each. */
export function renderSettings(): string {
  return SETTINGS.map((setting) => `${headOf(setting)}\n    ${setting.help}\n`)
    .join("");
}

function headOf(setting: Setting): string {
  const flag = setting.kind === "secret" ? "no flag" : `--${flagOf(setting)}`;
  const fallback = setting.fallback === ""
    ? ""
    : `, default ${setting.fallback}`;
  return `${setting.name} (${flag}${fallback})`;
}
