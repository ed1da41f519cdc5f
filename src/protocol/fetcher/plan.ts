/**
 * Which secrets are read from Vault, and into which variables. It contains
 * names, paths, templates and the literal text around references, but no secret.
 */

/** What is asked of one path. */
export interface SecretRequest {
  readonly path: string;
  readonly version?: number;
  /** A JSON object that is written to the path; the answer has the fields. */
  readonly write?: string;
}

/** One field of an answer. */
export interface FieldPart extends SecretRequest {
  readonly field: string;
}

/** What a template makes of all fields of an answer. */
export interface TemplatePart extends SecretRequest {
  /** One character per byte (Latin-1). */
  readonly template: string;
}

/** Something that transit encrypted: `vault:v1:…`. */
export interface CiphertextPart {
  readonly ciphertext: string;
}

/** Text between references, one character per byte (Latin-1). */
export interface TextPart {
  readonly text: string;
}

/** A piece of a value. */
export type Part = TextPart | FieldPart | TemplatePart | CiphertextPart;

/** One environment variable, concatenated from its parts. */
export interface Delivery {
  readonly name: string;
  readonly parts: readonly Part[];
}

/** Every field of a path, each in the variable of its own name. */
export type Bulk = Omit<SecretRequest, "write">;

/** Everything to read from Vault. */
export interface Plan {
  readonly deliveries: readonly Delivery[];
  readonly bulk: readonly Bulk[];
  /** The key that decrypts ciphertexts; undefined when there are none. */
  readonly transit?: { readonly mount: string; readonly key: string };
  /** Whether a variable is left out when its path does not exist. */
  readonly ignoreMissing?: boolean;
}

/**
 * One action of a template, with its delimiters: a comment, or words and quoted
 * texts up to the brace. The wrapper finds the end of a reference with it.
 */
export const ACTION =
  /\$\{(-?[ \t\r\n]*\/\*(?:(?!\*\/)[^])*\*\/[ \t\r\n]*-?|(?:"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`|[^"`}])*)\}/;

/** Characters of a template at most. */
export const MAX_TEMPLATE = 8192;
