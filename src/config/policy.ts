/** Settings about what to do when something changes, and where to tell it. */
import { parseSignal } from "@/process/mod.ts";
import { quote, type SettingReader } from "./reader.ts";

/** What happens when a secret's value has changed. */
export type RotationPolicy =
  | { readonly kind: "none" }
  | { readonly kind: "restart" }
  | { readonly kind: "signal"; readonly signo: number };

/** What happens on changes, and where the status is told. */
export interface PolicySettings {
  readonly onRotate: RotationPolicy;
  readonly onDegrade: "warn" | "terminate";
  readonly listen: string | undefined;
}

/** Reads them; what is wrong is noted with the reader. */
export function readPolicy(reader: SettingReader): PolicySettings {
  return {
    onRotate: readRotation(reader),
    onDegrade:
      reader.choice("CLOUDTASER_ON_DEGRADE", ["warn", "terminate"] as const) ??
        "warn",
    listen: readListen(reader),
  };
}

function readRotation(reader: SettingReader): RotationPolicy {
  const text = reader.text("CLOUDTASER_ON_ROTATE").trim();
  if (text === "none" || text === "restart") return { kind: text };
  const signo = text.startsWith("signal:")
    ? parseSignal(text.slice(7))
    : undefined;
  if (signo !== undefined) return { kind: "signal", signo };
  reader.problem(
    `CLOUDTASER_ON_ROTATE is ${quote(text)}: give none, restart or signal:HUP`,
  );
  return { kind: "none" };
}

function readListen(reader: SettingReader): string | undefined {
  const text = reader.text("CLOUDTASER_LISTEN").trim();
  if (text === "off") return undefined;
  const match = /^(?:\[[0-9a-fA-F:]+\]|[^:\s]*):(\d{1,5})$/.exec(text);
  if (match && Number(match[1]) <= 65535) return text;
  reader.problem(`CLOUDTASER_LISTEN is ${quote(text)}: give HOST:PORT, or off`);
  return undefined;
}
