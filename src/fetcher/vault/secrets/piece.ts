/** Turns one part of a value into bytes, and says which of them are secret. */
import { ConfigError } from "@/base/errors.ts";
import { quotePath } from "@/fetcher/vault/client/path.ts";
import { listNames } from "@/fetcher/vault/client/refusal.ts";
import type {
  CiphertextPart,
  FieldPart,
  Part,
  SecretRequest,
  TemplatePart,
} from "@/protocol/fetcher/plan.ts";
import type { Secret } from "./read.ts";
import { secretKey } from "./requests.ts";
import { explainRefusal, type Templates } from "./templates.ts";
import type { Plaintexts } from "./transit.ts";

/** A secret part of a value, relative to the value. */
export interface SecretRange {
  readonly start: number;
  readonly length: number;
}

/** The bytes of one part. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly secretRanges: readonly SecretRange[];
}

/** Makes pieces from what Vault answered. */
export class PieceMaker {
  readonly #secrets: ReadonlyMap<string, Secret>;
  readonly #plaintexts: Plaintexts;
  readonly #templates: Templates;

  constructor(
    secrets: ReadonlyMap<string, Secret>,
    plaintexts: Plaintexts,
    templates: Templates,
  ) {
    this.#secrets = secrets;
    this.#plaintexts = plaintexts;
    this.#templates = templates;
  }

  /**
   * @param name the variable, for messages
   * @returns undefined when it is missing, which the plan allows
   * @throws ConfigError
   */
  make(name: string, part: Part): Piece | undefined {
    if ("text" in part) {
      return { bytes: encodeLatin1(part.text), secretRanges: [] };
    }
    if ("ciphertext" in part) return this.#decrypted(name, part);
    const secret = this.find(part);
    if (secret.isMissing) return undefined;
    return "field" in part
      ? makeField(name, part, secret)
      : this.#rendered(name, part, secret);
  }

  /** The answer to a request of the plan. */
  find(request: SecretRequest): Secret {
    const secret = this.#secrets.get(secretKey(request));
    if (secret === undefined) {
      throw new TypeError(`${request.path} was not read`);
    }
    return secret;
  }

  #decrypted(name: string, { ciphertext }: CiphertextPart): Piece | undefined {
    const bytes = this.#plaintexts.get(ciphertext);
    if (bytes === undefined) return undefined;
    refuseNul(bytes, () => `${name} cannot hold what transit decrypts`);
    return { bytes, secretRanges: wholeRange(bytes) };
  }

  #rendered(name: string, part: TemplatePart, secret: Secret): Piece {
    const { template, write = "" } = part;
    const rendered = this.#templates.get(template)?.render(secret.exact());
    if (rendered === undefined) {
      throw new TypeError("a template was not compiled");
    }
    if ("refused" in rendered) throw explainRefusal(name, template, rendered);
    const bytes = encodeLatin1(rendered.text);
    refuseNul(bytes, () => `${name} cannot hold what its template makes`);
    // The environment holds the template: what is in it is no secret.
    const isPublic = ({ start, length }: SecretRange) => {
      const text = rendered.text.slice(start, start + length);
      return template.includes(text) || write.includes(text);
    };
    const secretRanges = rendered.written.filter((range) => !isPublic(range));
    return { bytes, secretRanges };
  }
}

/** All of it. */
function wholeRange({ length }: Uint8Array): SecretRange[] {
  return length > 0 ? [{ start: 0, length }] : [];
}

function makeField(name: string, part: FieldPart, secret: Secret): Piece {
  const { field, path, write = "" } = part;
  const { fields } = secret;
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (value === undefined || value === null) {
    const names = Object.keys(fields).filter((key) => fields[key] !== null);
    throw new ConfigError(
      `${name}: no field ${listNames([field])} in ${quotePath(path)}; ${
        names.length > 0 ? `available: ${listNames(names)}` : "it has no fields"
      }`,
    );
  }
  const text = renderValue(value, () => secret.exact()[field]);
  if (!text.isWellFormed()) {
    throw new ConfigError(
      `${name} cannot hold field ${listNames([field])} of ${
        quotePath(path)
      }: it is not valid Unicode; store binary values as base64`,
    );
  }
  const bytes = new TextEncoder().encode(text);
  refuseNul(
    bytes,
    () =>
      `${name} cannot hold field ${listNames([field])} of ${quotePath(path)}`,
  );
  const isPublic = write.includes(text);
  return { bytes, secretRanges: isPublic ? [] : wholeRange(bytes) };
}

function refuseNul(bytes: Uint8Array, who: () => string): void {
  if (!bytes.includes(0)) return;
  throw new ConfigError(
    `${who()}: it contains a NUL byte, which environment variables cannot; store it as base64`,
  );
}

/** Strings as they are, booleans and numbers as in the response, everything else as compact JSON. */
function renderValue(value: unknown, exact: () => unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return JSON.stringify(exact());
}

function encodeLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
