/** Certificates and keys of a kubeconfig: inline as base64, or in a file. */
import { readRegularText } from "@/base/regular_file.ts";
import { type Shape, ShapeError } from "./shape.ts";

/** Which one is meant. */
export interface PemPlace {
  readonly body: Shape;
  readonly folder: string;
  /** Field of the path; the text itself stands in `NAME-data`. */
  readonly name: string;
}

/** PEM text, or undefined when there is none. @throws ShapeError naming field and file */
export function readPem(
  { body, folder, name }: PemPlace,
): string | undefined {
  const inline = body.text(`${name}-data`);
  if (inline) return checkPem(decode(inline, `${name}-data`), `${name}-data`);
  const path = body.text(name);
  if (!path) return undefined;
  const file = resolvePath(path, folder);
  return checkPem(readText(file, name), `${name} (${file})`);
}

/** A path of a kubeconfig starts where that file lies. */
export function resolvePath(path: string, folder: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}

function readText(file: string, name: string): string {
  try {
    return readRegularText(file);
  } catch {
    throw new ShapeError(`${name} names ${file}, which cannot be read`);
  }
}

function decode(text: string, name: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(text));
  } catch {
    throw new ShapeError(`${name} is no base64`);
  }
}

function checkPem(text: string, what: string): string {
  if (/-----BEGIN [A-Z ]+-----/.test(text)) return text;
  throw new ShapeError(`${what} holds no PEM`);
}
