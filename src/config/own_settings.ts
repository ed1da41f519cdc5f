/** The table of CLOUDTASER_ settings: policy, secrets, reports. */
import { type Setting, settingsUnder } from "./setting.ts";

const setting = settingsUnder("CLOUDTASER_");

/** In the order of docs/CONFIGURATION.md and --help. */
export const OWN_SETTINGS: readonly Setting[] = [
  setting(
    "MIN_PROTECTION_SCORE",
    "count",
    "0",
    "do not start the application below this score (0-75; 0-105 with CLOUDTASER_SCORE_CHECKS=all)",
  ),
  setting(
    "SCORE_CHECKS",
    "choice",
    "active",
    "checks that count: active (seven checks, 75 points) or all (nine checks, 105 points)",
    ["active", "all"],
  ),
  setting(
    "REQUIRE_CHECKS",
    "list",
    "",
    "checks that must pass whatever the score, comma-separated: memfd_secret,ebpf_connected",
  ),
  setting(
    "REQUIRE_ATTESTATION_CHAIN",
    "boolean",
    "false",
    "confidential_computing passes only if the vendor's signature chain of the attestation report is verified (no effect unless the check counts or is required)",
  ),
  setting(
    "SECRET_PATHS",
    "list",
    "",
    "paths to read, comma-separated: secret/data/app,database/creds/app",
  ),
  setting(
    "ENV_MAP",
    "text",
    "",
    "comma-separated FIELD=VARIABLE; `;` starts the next path's group: user=PGUSER,password=PGPASSWORD;token=API_TOKEN (unset: each field sets the variable of its own name)",
  ),
  setting(
    "ORIGINAL_CMD",
    "text",
    "",
    "the application's command line, used when there are no arguments: quoted words or a JSON array, without a shell",
  ),
  setting(
    "INTERPOSE",
    "choice",
    "off",
    "passes secrets through memfd_secret (LD_PRELOAD) instead of the environment: auto (where the program supports it), off or require",
    ["auto", "off", "require"],
  ),
  setting(
    "ON_ROTATE",
    "text",
    "none",
    "what to do when a value changes: none, signal:NAME, restart, or update (needs CLOUDTASER_INTERPOSE)",
  ),
  setting(
    "REFRESH_INTERVAL",
    "duration",
    "off",
    "how often to read the secrets again to detect changes",
  ),
  setting(
    "ON_DEGRADE",
    "choice",
    "warn",
    "what to do when the score drops below the minimum later: warn or terminate",
    ["warn", "terminate"],
  ),
  setting(
    "SCORE_INTERVAL",
    "duration",
    "30s",
    "how often to verify the protections again",
  ),
  setting(
    "STOP_GRACE",
    "duration",
    "25s",
    "time from the first stop signal to KILL (off: never)",
  ),
  setting(
    "STOP_SIGNALS",
    "list",
    "TERM,INT",
    "signals that stop the application; the wrapper itself sends the first (for images with STOPSIGNAL QUIT, such as nginx: QUIT,TERM,INT)",
  ),
  setting(
    "KILL_GROUP",
    "boolean",
    "false",
    "forward signals to the application's whole process group",
  ),
  setting(
    "PASSTHROUGH",
    "list",
    "",
    "VAULT_, BAO_ and CLOUDTASER_ variables passed through to the application, comma-separated, or *",
  ),
  setting(
    "VAULT_DEADLINE",
    "duration",
    "60s",
    "total time for fetching the secrets, including retries while Vault is down, sealed or busy",
  ),
  setting(
    "SEALED",
    "choice",
    "off",
    "without a token: off (fail), or wait for POST /v1/unseal from loopback or from any address",
    ["off", "loopback", "any"],
  ),
  setting(
    "LISTEN",
    "text",
    ":8199",
    "address of /metrics, /healthz, /readyz and /v1/status (without host: all interfaces), or off",
  ),
  setting(
    "ALLOWED_HOSTS",
    "list",
    "",
    "further host names of CLOUDTASER_LISTEN: app.example.com,*.svc (IP addresses, localhost and the pod's names are always allowed)",
  ),
  setting(
    "EVENTS",
    "boolean",
    "true",
    "in a cluster, write the events ProtectionActive and ProtectionDegraded on the pod",
  ),
  setting(
    "AGENT_SOCKET",
    "text",
    "/run/cloudtaser/agent.sock",
    "the node agent's socket",
  ),
  setting(
    "AGENT_UID",
    "count",
    "",
    "user id that the agent's socket must belong to (unset: root of the node)",
  ),
  setting("LOG_LEVEL", "choice", "info", "debug, info, warning or error", [
    "debug",
    "info",
    "warning",
    "error",
  ]),
  setting("LOG_FORMAT", "choice", "text", "text or json, on standard error", [
    "text",
    "json",
  ]),
  setting(
    "LOG_TIME",
    "choice",
    "on",
    "time before lines of text: on or off (journald: off)",
    ["on", "off"],
  ),
];
