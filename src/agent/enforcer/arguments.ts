/** How the enforcer is told what the operator wants: its command line (c/enforcer/options.c). Pure. */

/** The part of the agent's configuration that the enforcer must know. */
export interface EnforcerOptions {
  readonly mode: "enforce" | "detect";
  readonly lock: boolean;
  readonly lockAllow: readonly string[];
  readonly exec: "allow" | "deny";
  readonly tiers: readonly string[];
  readonly pins: string;
  readonly socket: string;
}

/** To serve, to find out what this kernel can do, to take everything away, or to mount the directory for pods. */
export type EnforcerTask = "serve" | "check" | "remove" | "export";

/** Its arguments, without its name. */
export function makeArguments(
  options: EnforcerOptions,
  task: EnforcerTask,
): string[] {
  return [
    `--mode=${options.mode}`,
    `--tiers=${options.tiers.join(",")}`,
    `--lock=${options.lock ? "on" : "off"}`,
    ...(options.lockAllow.length > 0
      ? [`--lock-allow=${options.lockAllow.join(",")}`]
      : []),
    `--exec=${options.exec}`,
    `--pins=${options.pins}`,
    `--socket=${options.socket}`,
    ...(task === "serve" ? [] : [`--${task}`]),
  ];
}
