/** The environment without secret settings: all that may be decoded. */
import {
  decodeLatin1,
  encodeCString,
  type EnvironmentEntry,
  holdsText,
} from "@/process/own_blocks.ts";
import type { Variable } from "./reader.ts";
import { namesOf } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

/** Names of secret settings, whose values must not be decoded. */
export const SECRET_NAMES: ReadonlySet<string> = new Set(
  SETTINGS.filter((s) => s.kind === "secret").flatMap(namesOf),
);

/** Values of a token variable that request the token of the login for the application; not a token. */
export const TOKEN_REQUESTS = ["vault:login", "bao:login"] as const;

const SCHEMES = ["vault:", "bao:"].map((text) =>
  [...encodeCString(text)].slice(0, -1)
);

/** All variables except secret settings. */
export function listVariables(
  environment: readonly EnvironmentEntry[],
): Variable[] {
  return environment.filter((e) => !SECRET_NAMES.has(e.name)).map(toVariable);
}

function toVariable({ name, value }: EnvironmentEntry): Variable {
  return {
    name,
    text: () => new TextDecoder().decode(value),
    latin1: () => decodeLatin1(value),
    isEmpty: value.length === 0,
    mayRefer: holdsText(value, "vault:") || holdsText(value, "bao:") ||
      beginsWithCapitals(value),
  };
}

/** True for `Vault:` and `BAO:`, also behind quotes. In bytes, because only references are decoded. */
function beginsWithCapitals(value: Uint8Array): boolean {
  const start = value.findIndex((byte) => byte > 0x3a);
  if (start < 0) return false;
  return SCHEMES.some((scheme) =>
    scheme.every((byte, at) => ((value[start + at] ?? 0) | 0x20) === byte)
  );
}
