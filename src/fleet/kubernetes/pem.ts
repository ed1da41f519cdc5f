/** Certificates and keys of a kubeconfig: inline as base64, or in a file. */
import { readRegularText } from "@/base/regular_file.ts";
import { SchemaError } from "./schema.ts";

/** A kubeconfig entry and one of its fields. */
export interface PemField<N extends string> {
  readonly body: {
    readonly [K in N | `${N}-data`]?: string | null | undefined;
  };
  /** Folder of the kubeconfig. */
  readonly folder: string;
  /** Field with the path; `NAME-data` has the content in base64. */
  readonly name: N;
}

/** PEM text, or undefined when the entry has none. @throws SchemaError naming field and file */
export function readPem<N extends string>(
  { body, folder, name }: PemField<N>,
): string | undefined {
  const inline = body[`${name}-data`];
  if (inline) return checkPem(decode(inline, `${name}-data`), `${name}-data`);
  const path = body[name];
  if (!path) return undefined;
  const file = resolvePath(path, folder);
  return checkPem(readText(file, name), `${name} (${file})`);
}

/** Relative paths of a kubeconfig start at its folder. */
export function resolvePath(path: string, folder: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}

function readText(file: string, name: string): string {
  try {
    return readRegularText(file);
  } catch {
    throw new SchemaError(`${name}: cannot read ${file}`);
  }
}

function decode(text: string, name: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(text));
  } catch {
    throw new SchemaError(`${name} is not base64`);
  }
}

function checkPem(text: string, what: string): string {
  if (/-----BEGIN [A-Z ]+-----/.test(text)) return text;
  throw new SchemaError(`${what} is not PEM`);
}
