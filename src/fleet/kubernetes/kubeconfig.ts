/**
 * Reads kubeconfigs as kubectl does: a list of files, of which the first to say
 * something wins. No message quotes a value: it may be what one logs in with.
 */
import { loadAll, YAMLException } from "js-yaml";
import { FleetError } from "@/fleet/command/failure.ts";
import { Shape, ShapeError } from "./shape.ts";

/** One named thing of a kubeconfig. Paths in it start at `folder`. */
export interface ConfigEntry {
  readonly body: Shape;
  readonly folder: string;
}

/** All files together. */
export interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, ConfigEntry>;
  readonly clusters: ReadonlyMap<string, ConfigEntry>;
  readonly users: ReadonlyMap<string, ConfigEntry>;
}

const LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Which files to read: the flag's, else those of KUBECONFIG, else ~/.kube/config.
 * Only the flag's must be there.
 */
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
 * @returns undefined when none does
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
    throw new FleetError(`The kubeconfig ${path} cannot be read`, {
      cause: error,
    });
  }
  throw new FleetError(`${path} is too large for a kubeconfig`);
}

/** A file of which nothing is left, or only comments, says nothing. */
function readSections(path: string, text: string): Kubeconfig {
  try {
    const top = new Shape(parseYaml(text) ?? {}, "");
    const folder = path.includes("/") ? path.replace(/\/[^/]*$/, "") : ".";
    return {
      currentContext: top.text("current-context") || undefined,
      contexts: readEntries(top, "contexts", "context", folder),
      clusters: readEntries(top, "clusters", "cluster", folder),
      users: readEntries(top, "users", "user", folder),
    };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new FleetError(
      `The kubeconfig ${path} cannot be used: ${error.message}`,
    );
  }
}

/** The library's own message quotes the lines around the mistake, tokens and all. */
function parseYaml(text: string): unknown {
  try {
    return loadAll(text)[0];
  } catch (error) {
    const line = error instanceof YAMLException ? error.mark?.line : undefined;
    const place = line === undefined ? "" : ` from line ${line + 1} on`;
    throw new ShapeError(`it is no YAML${place}`);
  }
}

function readEntries(
  top: Shape,
  list: string,
  kind: string,
  folder: string,
): Map<string, ConfigEntry> {
  const entries = new Map<string, ConfigEntry>();
  for (const item of top.objects(list)) {
    const name = item.text("name");
    const body = item.object(kind) ?? new Shape({}, `${item.place}.${kind}`);
    if (name !== undefined && !entries.has(name)) {
      entries.set(name, { body, folder });
    }
  }
  return entries;
}

function merge(
  maps: readonly ReadonlyMap<string, ConfigEntry>[],
): Map<string, ConfigEntry> {
  return new Map(maps.toReversed().flatMap((map) => [...map]));
}
