/**
 * Reads kubeconfigs as kubectl does: of several files, the first that sets a
 * value wins. No message quotes a value, which may be a credential.
 */
import { loadAll, YAMLException } from "js-yaml";
import { FleetError } from "@/fleet/command/errors.ts";
import * as v from "valibot";
import { flag, list, object, parse, SchemaError, text } from "./schema.ts";

/** One named entry of a kubeconfig. */
export interface ConfigEntry {
  /** Not validated yet: entries that are not used may have any content. */
  readonly body: unknown;
  /** For messages: `users[0].user`. */
  readonly place: string;
  /** Start of relative paths. */
  readonly folder: string;
}

/** The merged files. */
export interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, ConfigEntry>;
  readonly clusters: ReadonlyMap<string, ConfigEntry>;
  readonly users: ReadonlyMap<string, ConfigEntry>;
}

const ENTRY = object({
  name: text,
  context: v.optional(v.unknown()),
  cluster: v.optional(v.unknown()),
  user: v.optional(v.unknown()),
});

const CONFIG = object({
  "current-context": text,
  contexts: list(ENTRY),
  clusters: list(ENTRY),
  users: list(ENTRY),
});

/** A cluster entry. */
export const CLUSTER = object({
  server: text,
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": flag,
  "tls-server-name": text,
  "proxy-url": text,
  extensions: v.optional(v.unknown()),
});

const LIMIT_BYTES = 16 * 1024 * 1024;

/** Files to read: the flag's, or else those of KUBECONFIG, or else ~/.kube/config. */
export function listKubeconfigs(
  flag: string | undefined,
  variables: ReadonlyMap<string, string>,
): string[] {
  if (flag !== undefined) return [flag];
  const listed = variables.get("KUBECONFIG");
  if (listed) return listed.split(":").filter((path) => path !== "");
  const home = variables.get("HOME");
  return home ? [`${home}/.kube/config`] : [];
}

/**
 * Reads the files that exist.
 *
 * @returns undefined when none exists
 * @throws FleetError naming the file, and the line or the field
 */
export function readKubeconfigs(
  paths: readonly string[],
): Kubeconfig | undefined {
  const files = paths.flatMap((path) => {
    const text = readFile(path);
    return text === undefined ? [] : [readSections(path, text)];
  });
  if (files.length === 0) return undefined;
  return {
    currentContext: files.find((file) => file.currentContext)?.currentContext,
    contexts: merge(files.map((file) => file.contexts)),
    clusters: merge(files.map((file) => file.clusters)),
    users: merge(files.map((file) => file.users)),
  };
}

function readFile(path: string): string | undefined {
  try {
    if (Deno.statSync(path).size <= LIMIT_BYTES) {
      return Deno.readTextFileSync(path);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new FleetError(`Cannot read the kubeconfig ${path}`, {
      cause: error,
    });
  }
  throw new FleetError(`The kubeconfig ${path} is larger than 16 MiB`);
}

/** An empty file is an empty kubeconfig. */
function readSections(path: string, text: string): Kubeconfig {
  try {
    const top = parse(CONFIG, parseYaml(text) ?? {});
    const folder = path.includes("/") ? path.replace(/\/[^/]*$/, "") : ".";
    const read = (section: "contexts" | "clusters" | "users") =>
      readEntries(top[section], section, folder);
    return {
      currentContext: top["current-context"] || undefined,
      contexts: read("contexts"),
      clusters: read("clusters"),
      users: read("users"),
    };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new FleetError(`Invalid kubeconfig ${path}: ${error.message}`);
  }
}

/** Of two entries with the same name, the first wins. */
function readEntries(
  entries: readonly v.InferOutput<typeof ENTRY>[],
  section: string,
  folder: string,
): Map<string, ConfigEntry> {
  const found = new Map<string, ConfigEntry>();
  const kind = section.slice(0, -1);
  for (const [index, { name, ...bodies }] of entries.entries()) {
    if (typeof name !== "string" || found.has(name)) continue;
    const body = bodies.context ?? bodies.cluster ?? bodies.user ?? {};
    found.set(name, { body, place: `${section}[${index}].${kind}`, folder });
  }
  return found;
}

/** js-yaml's own message quotes the lines around the error, which may hold a token. */
function parseYaml(text: string): unknown {
  try {
    return loadAll(text)[0];
  } catch (error) {
    const line = error instanceof YAMLException ? error.mark?.line : undefined;
    const place = line === undefined ? "" : ` at line ${line + 1}`;
    throw new SchemaError(`not YAML${place}`);
  }
}

function merge(
  maps: readonly ReadonlyMap<string, ConfigEntry>[],
): Map<string, ConfigEntry> {
  return new Map(maps.toReversed().flatMap((map) => [...map]));
}
