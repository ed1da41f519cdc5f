/**
 * Texts of `--help`, of the subcommands' `--help` and of `help settings`, and advice on
 * misspelt names. A program of its own: no start of a container needs it.
 */
import { AGENT_SETTINGS } from "@/config/agent_settings.ts";
import { flagOf, type Setting } from "@/config/setting.ts";
import { SETTINGS } from "@/config/settings.ts";
import { quote } from "@/config/reader.ts";
import { findFlag } from "@/config/name_advice.ts";
import type { UnknownFlag } from "./command_line.ts";

// The wrapper loads the advice on names with the help: both are rarely needed.
export { explainNames } from "@/config/name_advice.ts";

/** `--help`: at most 24 lines. */
export const HELP =
  `cloudtaser-wrapper - starts an application with secrets from Vault or OpenBao

  cloudtaser-wrapper [run] [FLAGS] [--] COMMAND …   run COMMAND with its secrets
  cloudtaser-wrapper check [--json]                 print this host's score
  cloudtaser-wrapper install DIR                    copy this binary into DIR
  cloudtaser-wrapper agent [--help]                 run the node agent
  cloudtaser-wrapper status [--help]                print a cluster's scores
  cloudtaser-wrapper policy [--help]                explain a manifest's pods
  cloudtaser-wrapper help settings                  list all settings
An application with the name of a subcommand (check, status) needs -- before it.

Name secrets by reference (inline: pg://u:\${vault:PATH#FIELD}@db) or by path:
  DB_PASSWORD=vault:secret/data/app#password
  CLOUDTASER_SECRET_PATHS=secret/data/app  CLOUDTASER_ENV_MAP=password=DB_PASS

Set variables, or flags of the same name (--min-protection-score=55):
  VAULT_ADDR                       https://vault.example.com:8200 (or BAO_ADDR)
  VAULT_AUTH_METHOD                kubernetes, token, approle, jwt or cert
  VAULT_AUTH_ROLE                  role to log in with
  VAULT_CACERT                     PEM file of the CA to trust
  CLOUDTASER_MIN_PROTECTION_SCORE  do not start below this score (0-75)

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

/** `check --help`. */
const CHECK_HELP =
  `cloudtaser-wrapper check - prints this host's protection score

  cloudtaser-wrapper check [--json] [FLAGS]

Proves the protections with a random value in place of secrets. It needs neither
Vault nor an application. Each failed check has its reason; docs/MONITORING.md
says what to do about it. Without root or the agent some checks give other
results than in your pod: run it there, with the pod's settings.

      --json                       the status as JSON, as GET /v1/status
      --min-protection-score=55    exit 77 if the score is lower
      --require-checks=NAME,…      exit 77 if one of these checks fails
      (and every other setting: help settings)

Exit status: 0 an application would start, 64 usage, 77 it would not, 78 setting
`;

/** `install --help`. */
const INSTALL_HELP =
  `cloudtaser-wrapper install - copies this binary into a directory

  cloudtaser-wrapper install DIR

For an init container: DIR is a volume that the application's container mounts.
Writes DIR/cloudtaser-wrapper (100 MB, mode 0755); replaces an older one.

Exit status: 0 copied, 64 usage or no such directory, 71 it cannot be written
`;

const PAGES = new Map([
  ["run", () => HELP],
  ["check", () => CHECK_HELP],
  ["install", () => INSTALL_HELP],
  ["agent", () => AGENT_HELP],
  ["settings", renderSettings],
]);

/** The help text of a topic; undefined for an unknown one. */
export function renderHelp(topic = "run"): string | undefined {
  return PAGES.get(topic)?.();
}

/** The message for an unknown topic. main.ts throws it: this program's errors are not its own. */
export function explainTopic(topic: string): string {
  const topics = [...PAGES.keys()].join(", ");
  return `no help on ${quote(topic)}: use help ${topics}, status or policy`;
}

/** The message for a flag that does not exist. */
export function explainFlag({ flag, known, message }: UnknownFlag): string {
  const meant = findFlag(flag, known);
  return meant === undefined
    ? message
    : `unknown flag ${flag}: did you mean ${meant}?`;
}

function renderFlag(setting: Setting): string {
  const { fallback, help } = setting;
  const text = fallback === "" ? help : `${help} [${fallback}]`;
  const lines = text.match(/\S.{0,60}(?= |$)/g) ?? [];
  return `  ${`--${flagOf(setting)}=`.padEnd(16)} ${
    lines.join(`\n${" ".repeat(19)}`)
  }\n`;
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
