/** The table of the agent's settings. Their flags omit `agent-`. */
import { OWN_SETTINGS } from "./own_settings.ts";
import { flagOf, type Setting, settingsUnder } from "./setting.ts";

const PREFIX = "CLOUDTASER_AGENT_";
const row = settingsUnder(PREFIX);

const ROWS: readonly Setting[] = [
  row(
    "MODE",
    "choice",
    "enforce",
    "enforce, or detect: report without blocking",
    ["enforce", "detect"],
  ),
  row(
    "LOCK",
    "choice",
    "off",
    "on: no other process loads BPF or modules until reboot",
    ["off", "on"],
  ),
  row(
    "LOCK_ALLOW",
    "list",
    "",
    "executables exempt from the lock: cilium-agent,…",
  ),
  row(
    "EXEC",
    "choice",
    "",
    "allow or deny exec into protected pods (unset: deny if lock)",
    ["allow", "deny"],
  ),
  row(
    "BACKENDS",
    "list",
    "auto",
    "auto, or exactly these: lsm,fmod_ret,kprobe,reactive",
  ),
  row(
    "PINS",
    "text",
    "/sys/fs/bpf/cloudtaser",
    "bpffs directory of pins, or none",
  ),
  row(
    "SOCKET",
    "text",
    "/run/cloudtaser/agent.sock",
    "socket that wrappers connect to",
  ),
  row(
    "LISTEN",
    "text",
    ":8198",
    "address of /metrics, /readyz, /v1/status, or off",
  ),
  row("ALLOWED_HOSTS", "list", "", "further host names of this address: *.svc"),
];

/** The agent's own settings and those of the log. */
export const AGENT_SETTINGS: readonly Setting[] = [
  ...ROWS.map((setting) => ({
    ...setting,
    flag: setting.name.slice(PREFIX.length).toLowerCase().replaceAll("_", "-"),
  })),
  ...OWN_SETTINGS.filter((setting) => flagOf(setting).startsWith("log-")),
];
