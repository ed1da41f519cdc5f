/**
 * Which secrets go into which variables: from CLOUDTASER_SECRET_PATHS with
 * CLOUDTASER_ENV_MAP, from bank-vaults' names for such paths, and from references
 * in the environment itself.
 */
import { isEnvironmentName } from "@/base/text.ts";
import type { Bulk, Delivery, Plan } from "@/protocol/fetcher/plan.ts";
import { quote, type SettingReader, type Variable } from "./reader.ts";
import { namesOf } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import {
  findDisguise,
  isReference,
  isUnterminated,
  parseDelivery,
} from "./references/delivery.ts";
import { parsePath } from "./references/reference.ts";

const SECRET_PATHS = "CLOUDTASER_SECRET_PATHS";
/** Two names because bank-vaults has two: of secret-init, and of vault-env. */
const FROM_PATH = ["VAULT_FROM_PATH", "VAULT_ENV_FROM_PATH"] as const;

const SETTING_NAMES: ReadonlySet<string> = new Set(SETTINGS.flatMap(namesOf));

const ADDRESSES: readonly string[] = ["VAULT_ADDR", "BAO_ADDR"];

/** Reads the plan; mistakes are added to `reader.problems`. */
export function readPlan(
  reader: SettingReader,
  variables: readonly Variable[],
): Plan {
  const mapped = readMap(reader);
  const deliveries = [
    ...mapped.deliveries,
    ...readReferences(reader, variables),
  ];
  const others = FROM_PATH.flatMap((name) => readPaths(reader, name));
  const bulk = withoutRepeats([...mapped.bulk, ...others]);
  refuseNames(reader, deliveries);
  const transit = readTransit(reader, deliveries);
  const wantsSecrets = deliveries.length + bulk.length > 0;
  const ignoreMissing = wantsSecrets &&
    reader.boolean("VAULT_IGNORE_MISSING_SECRETS");
  return {
    deliveries,
    bulk,
    ...(transit && { transit }),
    ...(ignoreMissing && { ignoreMissing }),
  };
}

function readMap(reader: SettingReader): Plan {
  const paths = readPaths(reader, SECRET_PATHS);
  const map = reader.given("CLOUDTASER_ENV_MAP");
  if (map === undefined) return { deliveries: [], bulk: paths };
  if (paths.length === 0) {
    reader.problem(
      "CLOUDTASER_ENV_MAP is set without CLOUDTASER_SECRET_PATHS: set the paths that its groups belong to",
    );
    return { deliveries: [], bulk: [] };
  }
  const groups = map.replace(/;\s*$/, "").split(";");
  if (groups.length !== paths.length) {
    const have = paths.length === 1 ? "1 path" : `${paths.length} paths`;
    reader.problem(
      `CLOUDTASER_ENV_MAP has ${groups.length} groups for ${have} in CLOUDTASER_SECRET_PATHS: use one group per path, separated by ;`,
    );
    return { deliveries: [], bulk: [] };
  }
  const deliveries = paths.flatMap((path, i) =>
    readGroup(reader, path, groups[i] ?? "")
  );
  const bulk = paths.filter((_, i) => (groups[i] ?? "").trim() === "");
  return { deliveries, bulk };
}

function readPaths(reader: SettingReader, setting: string): Bulk[] {
  if (reader.given(setting) !== undefined) reader.refuseBlank([setting]);
  return reader.list(setting).flatMap((text) => {
    const path = parsePath(text);
    if (typeof path !== "string") return [path];
    reader.problem(`${setting} contains ${quote(text)}: ${path}`);
    return [];
  });
}

function withoutRepeats(paths: readonly Bulk[]): Bulk[] {
  return paths.filter(({ path, version }, i) =>
    i === paths.findIndex((one) => one.path === path && one.version === version)
  );
}

/** The key for ciphertexts; a problem when there are some and none is set. */
function readTransit(
  reader: SettingReader,
  deliveries: readonly Delivery[],
): Plan["transit"] {
  const encrypted = deliveries.find(({ parts }) =>
    parts.some((part) => "ciphertext" in part)
  );
  if (encrypted === undefined) return undefined;
  const key = reader.given("VAULT_TRANSIT_KEY_ID")?.trim();
  if (key) return { mount: reader.text("VAULT_TRANSIT_PATH").trim(), key };
  reader.problem(
    `${encrypted.name} is a ciphertext of transit (vault:v1:…), but VAULT_TRANSIT_KEY_ID is not set: set it to the name of the key`,
  );
  return undefined;
}

function readGroup(
  reader: SettingReader,
  path: Bulk,
  group: string,
): Delivery[] {
  const pairs = group.split(",").map((p) => p.trim()).filter((p) => p !== "");
  return pairs.flatMap((pair) => {
    const at = pair.lastIndexOf("=");
    const field = pair.slice(0, at).trim();
    const name = pair.slice(at + 1).trim();
    if (at > 0 && field !== "" && name !== "") {
      return [{ name, parts: [{ ...path, field }] }];
    }
    reader.problem(
      `CLOUDTASER_ENV_MAP contains ${quote(pair)}: use FIELD=VARIABLE`,
    );
    return [];
  });
}

/** VAULT_TOKEN=vault:login is not a reference to a secret; ingest.ts handles it. */
function readReferences(
  reader: SettingReader,
  variables: readonly Variable[],
): Delivery[] {
  return variables.filter((v) => v.mayRefer).flatMap(({ name, latin1 }) => {
    const value = latin1();
    if (isUnterminated(value)) {
      reader.warnings.push(
        `${name} contains \${vault: without its }: the application receives this text, not a secret; add the }`,
      );
    }
    if (!isReference(value)) {
      if (!SETTING_NAMES.has(name)) warnOfDisguise(reader, name, value);
      return [];
    }
    if (SETTING_NAMES.has(name)) {
      // An address without a scheme (vault:8200) is not meant as a reference.
      if (!ADDRESSES.includes(name)) {
        reader.problem(
          `${name} is a setting of the wrapper, which is read before any secret: set the value itself, not a reference`,
        );
      }
      return [];
    }
    const delivery = parseDelivery(name, value);
    if (typeof delivery !== "string") return [delivery];
    reader.problem(delivery);
    return [];
  });
}

function warnOfDisguise(
  reader: SettingReader,
  name: string,
  value: string,
): void {
  const disguise = findDisguise(value);
  if (disguise === undefined) return;
  reader.warnings.push(
    `${name} has ${disguise}: the application receives this text, not a secret; correct it to vault:PATH#FIELD`,
  );
}

function refuseNames(
  reader: SettingReader,
  deliveries: readonly Delivery[],
): void {
  const seen = new Set<string>();
  for (const { name } of deliveries) {
    if (!isEnvironmentName(name)) {
      reader.problem(
        `${
          quote(name)
        } is not a valid variable name: use letters, digits and _`,
      );
    } else if (seen.has(name)) {
      reader.problem(`${name} is set from two secrets: map it once`);
    }
    seen.add(name);
  }
}
