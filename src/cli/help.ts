/** Texts of `--help`, `agent --help`, `help settings` and `--version`. */
import { AGENT_SETTINGS } from "@/config/agent_settings.ts";
import { flagOf, type Setting } from "@/config/setting.ts";
import { SETTINGS } from "@/config/settings.ts";
import { VERSION } from "@/base/version.ts";

/** `--help`: at most 24 lines. */
export const HELP =
  `cloudtaser-wrapper - starts an application with secrets from Vault or OpenBao

  cloudtaser-wrapper [FLAGS] [--] COMMAND [ARGS…]   run COMMAND with its secrets
  cloudtaser-wrapper check [--json]                 print this host's score
  cloudtaser-wrapper install DIR                    copy this binary into DIR
  cloudtaser-wrapper agent [--help]                 run the node agent
  cloudtaser-wrapper status [--help]                print a cluster's scores
  cloudtaser-wrapper help settings                  list all settings

Name secrets by reference (inline: pg://u:\${vault:PATH#FIELD}@db) or by path:
  DB_PASSWORD=vault:secret/data/app#password
  CLOUDTASER_SECRET_PATHS=secret/data/app  CLOUDTASER_ENV_MAP=password=DB_PASS

Set variables, or flags of the same name (--min-protection-score=55):
  VAULT_ADDR                       https://vault.example.com:8200 (or BAO_ADDR)
  VAULT_AUTH_METHOD                kubernetes, token, approle, jwt or cert
  VAULT_AUTH_ROLE                  role to log in with
  VAULT_CACERT                     PEM file of the CA to trust
  CLOUDTASER_MIN_PROTECTION_SCORE  do not start below this score (0-75)
  CLOUDTASER_REQUIRE_CHECKS        memfd_secret,ebpf_connected,…
  CLOUDTASER_LISTEN                address of /metrics and /v1/status [:8199]

Exit status: the application's, 128+s signal s, 64 usage, 69 Vault unavailable,
70 internal error, 71 kernel, 77 score too low, 78 setting, 126/127 not started
`;

/** `agent --help`: at most 24 lines. */
const AGENT_HELP =
  `cloudtaser-wrapper agent - protects wrappers and their applications on this node

  cloudtaser-wrapper agent [FLAGS]      run; protection continues when it exits
  cloudtaser-wrapper agent --check      print what this kernel supports
  cloudtaser-wrapper agent --remove     remove all protection, unless locked
  cloudtaser-wrapper agent --export     mount the socket's directory for pods

Flags, or variables such as CLOUDTASER_AGENT_LOCK_ALLOW for --lock-allow:
${
    AGENT_SETTINGS.map(renderFlag).join("")
  }Needs the host's PID namespace, CAP_BPF and CAP_PERFMON, /sys/fs/bpf and /run.

Exit status: 0 stopped or checked, 64 usage, 70 internal error, 71 kernel error,
77 this kernel cannot block attacks before they happen, 78 wrong setting
`;

/** The help text of a topic. */
export function renderHelp(topic: string | undefined): string {
  if (topic === "settings") return renderSettings();
  return topic === "agent" ? AGENT_HELP : HELP;
}

function renderFlag(setting: Setting): string {
  const { fallback, help } = setting;
  const text = fallback === "" ? help : `${help} [${fallback}]`;
  const lines = text.match(/\S.{0,60}(?= |$)/g) ?? [];
  return `  ${`--${flagOf(setting)}=`.padEnd(16)} ${
    lines.join(`\n${" ".repeat(19)}`)
  }\n`;
}

/** The text of `--version`. */
export function renderVersion(): string {
  return `cloudtaser-wrapper ${VERSION.wrapper} (deno ${VERSION.deno}, glibc ${VERSION.glibc})\n`;
}

/** `help settings`: two lines per setting. */
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
