/** What `--help`, `help settings` and `--version` print. Made from the table of settings. */
import { AGENT_SETTINGS } from "@/config/agent_settings.ts";
import { flagOf, type Setting } from "@/config/setting.ts";
import { SETTINGS } from "@/config/settings.ts";
import { VERSION } from "@/base/version.ts";

/** `--help`: one screen of 24 lines. */
export const HELP =
  `cloudtaser-wrapper - starts an application with secrets that root cannot read

  cloudtaser-wrapper [FLAGS] [--] COMMAND [ARGS…]   fetch, prove, start and mind
  cloudtaser-wrapper check [--json]                 what this machine gives, why
  cloudtaser-wrapper install DIR                    copy this binary
  cloudtaser-wrapper agent [--help]                 protect all of this node
  cloudtaser-wrapper status [--help]                how well a cluster protects
  cloudtaser-wrapper help settings                  every setting

Secrets by reference (also inline: pg://u:\${vault:PATH#FIELD}@db) or by path:
  DB_PASSWORD=vault:secret/data/app#password
  CLOUDTASER_SECRET_PATHS=secret/data/app  CLOUDTASER_ENV_MAP=password=DB_PASS

Settings are variables, or flags of the same name (--min-protection-score=55):
  VAULT_ADDR                       https://vault.example.com:8200 (or BAO_ADDR)
  VAULT_AUTH_METHOD                kubernetes, token, approle, jwt or cert
  VAULT_AUTH_ROLE                  the role to log in with
  VAULT_CACERT                     file of the CA that signed its certificate
  CLOUDTASER_MIN_PROTECTION_SCORE  do not start below this score (of 75)
  CLOUDTASER_REQUIRE_CHECKS        memfd_secret,ebpf_connected,…
  CLOUDTASER_LISTEN                :8199 for /metrics and /v1/status

Exit status: the application's own, or 64 usage, 69 Vault not reached, 70 a bug,
71 the kernel, 77 score too low, 78 a setting, 126 and 127 cannot be started
`;

/** `agent --help`: one screen too. */
const AGENT_HELP =
  `cloudtaser-wrapper agent - protects wrappers and their applications on this node

  cloudtaser-wrapper agent [FLAGS]      serve until TERM; what is pinned stays
  cloudtaser-wrapper agent --check      what this kernel can do, and why
  cloudtaser-wrapper agent --remove     take all protection away, unless sealed
  cloudtaser-wrapper agent --export     mount the socket's directory for pods

Flags, or variables such as CLOUDTASER_AGENT_LOCK_ALLOW for --lock-allow:
${AGENT_SETTINGS.map(renderFlag).join("")}
Needs the host's PID namespace, CAP_BPF and CAP_PERFMON, /sys/fs/bpf and /run.

Exit status: 0 stopped or checked, 64 usage, 70 a bug, 71 the kernel refused or
it cannot be checked, 77 nothing here refuses an attack at once, 78 a setting
`;

/** `--help`, `agent --help`, `help settings`. */
export function renderHelp(topic: string | undefined): string {
  if (topic === "settings") return renderSettings();
  return topic === "agent" ? AGENT_HELP : HELP;
}

function renderFlag(setting: Setting): string {
  const { fallback, help } = setting;
  const text = fallback === "" ? help : `${help} [${fallback}]`;
  return `  ${`--${flagOf(setting)}=`.padEnd(13)} ${text}\n`;
}

/** `--version`. */
export function renderVersion(): string {
  return `cloudtaser-wrapper ${VERSION.wrapper} (deno ${VERSION.deno}, glibc ${VERSION.glibc})\n`;
}

/** `help settings`: two lines each. */
function renderSettings(): string {
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
