/** Our own settings, as data: policy, secrets, reports. */
import { type Setting, settingsUnder } from "./setting.ts";

const ours = settingsUnder("CLOUDTASER_");

/** In the order of README and help. */
export const OWN_SETTINGS: readonly Setting[] = [
  ours(
    "MIN_PROTECTION_SCORE",
    "count",
    "0",
    "do not start the application below this score (0-75, or 0-105)",
  ),
  ours(
    "SCORE_CHECKS",
    "choice",
    "active",
    "checks that are counted: active (seven, 75 points) or all (nine, 105)",
    ["active", "all"],
  ),
  ours(
    "REQUIRE_CHECKS",
    "list",
    "",
    "checks that must pass, whatever the score: memfd_secret,ebpf_connected,…",
  ),
  ours(
    "SECRET_PATHS",
    "list",
    "",
    "paths to read, comma separated: secret/data/app,database/creds/app",
  ),
  ours(
    "ENV_MAP",
    "text",
    "",
    "field=VARIABLE pairs; `;` between paths, in their order (unset: every field under its own name)",
  ),
  ours(
    "ORIGINAL_CMD",
    "text",
    "",
    "the application's command line, when none is given as arguments (words or a JSON array; no shell)",
  ),
  ours(
    "INTERPOSE",
    "choice",
    "off",
    "the application takes its secrets over in secret memory: auto (where its program can), off or require",
    ["auto", "off", "require"],
  ),
  ours(
    "ON_ROTATE",
    "text",
    "none",
    "when a value has changed: none, signal:NAME, restart, or update (with CLOUDTASER_INTERPOSE)",
  ),
  ours(
    "REFRESH_INTERVAL",
    "duration",
    "off",
    "read the secrets again this often, to see changes",
  ),
  ours(
    "ON_DEGRADE",
    "choice",
    "warn",
    "when the score falls below the minimum later: warn or terminate",
    ["warn", "terminate"],
  ),
  ours(
    "SCORE_INTERVAL",
    "duration",
    "30s",
    "prove the protections again this often",
  ),
  ours(
    "STOP_GRACE",
    "duration",
    "25s",
    "from the first stop signal to KILL (off: never)",
  ),
  ours(
    "STOP_SIGNALS",
    "list",
    "TERM,INT",
    "signals that ask it to end; we send the first (image with STOPSIGNAL QUIT, as nginx, php-fpm: QUIT,TERM,INT)",
  ),
  ours(
    "KILL_GROUP",
    "boolean",
    "false",
    "forward signals to the application's whole process group",
  ),
  ours(
    "PASSTHROUGH",
    "list",
    "",
    "VAULT_, BAO_ and CLOUDTASER_ variables that the application shall see",
  ),
  ours(
    "VAULT_DEADLINE",
    "duration",
    "60s",
    "total time to get the secrets while Vault is down, sealed or busy",
  ),
  ours(
    "SEALED",
    "choice",
    "off",
    "without a token: off (an error), or wait for one at POST /v1/unseal, from loopback or from any",
    ["off", "loopback", "any"],
  ),
  ours(
    "LISTEN",
    "text",
    ":8199",
    "address of /metrics, /healthz, /readyz and /v1/status (no host: all addresses), or off",
  ),
  ours(
    "ALLOWED_HOSTS",
    "list",
    "",
    "other names by which CLOUDTASER_LISTEN is reached: app.example.com,*.svc (addresses, localhost, the pod's names: always)",
  ),
  ours(
    "EVENTS",
    "boolean",
    "true",
    "in a cluster: write ProtectionActive and ProtectionDegraded on the pod",
  ),
  ours(
    "AGENT_SOCKET",
    "text",
    "/run/cloudtaser/agent.sock",
    "the node agent's socket",
  ),
  ours(
    "AGENT_UID",
    "count",
    "",
    "user id that serves the agent's socket (unset: root of the node)",
  ),
  ours("LOG_LEVEL", "choice", "info", "debug, info, warning or error", [
    "debug",
    "info",
    "warning",
    "error",
  ]),
  ours("LOG_FORMAT", "choice", "text", "text or json, on standard error", [
    "text",
    "json",
  ]),
];
