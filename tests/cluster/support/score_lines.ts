/** The score lines that a pod on this node must log, in the specification's format after the time, with the right reasons. */

const OWN = [
  "memfd_secret: OK \\(\\+15\\)",
  "mlock: OK \\(\\+10\\)",
  "madv_dontdump: OK \\(\\+10\\)",
  "pr_set_dumpable: OK \\(\\+10\\)",
  "token_protected: OK \\(\\+10\\)",
];

/** The most that a pod can prove without an agent. */
export const WITHOUT_AGENT = lines(
  "Protection score: 55/75",
  ...OWN,
  "ebpf_connected: FAIL \\(\\+0\\) no agent socket at /run/cloudtaser/agent.sock",
  "kprobes_active: FAIL \\(\\+0\\) \\S.*",
);

/** With an agent, on a kernel without a blocking backend. */
export const WITH_AGENT = lines(
  "Protection score: 65/75",
  ...OWN,
  "ebpf_connected: OK \\(\\+10\\)",
  "kprobes_active: FAIL \\(\\+0\\) \\S.*",
);

/** 75: on other kernels. */
export const FULL = lines(
  "Protection score: 75/75",
  ...OWN,
  "ebpf_connected: OK \\(\\+10\\)",
  "kprobes_active: OK \\(\\+10\\)",
);

function lines(...texts: readonly string[]): RegExp {
  return new RegExp(
    texts.map((text) => `\\S+Z \\[cloudtaser-wrapper\\] ${text}\n`).join(""),
  );
}
