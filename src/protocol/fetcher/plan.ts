/**
 * Which secrets are read from Vault, and into which variables. It contains
 * names, paths and the literal text around references, but no secret.
 */

/** One field of one path. */
export interface FieldPart {
  readonly path: string;
  readonly field: string;
  readonly version?: number;
}

/** Text between references, one character per byte (Latin-1). */
export interface TextPart {
  readonly text: string;
}

/** A piece of a value. */
export type Part = TextPart | FieldPart;

/** One environment variable, concatenated from its parts. */
export interface Delivery {
  readonly name: string;
  readonly parts: readonly Part[];
}

/** Every field of a path, each in the variable of its own name. */
export interface Bulk {
  readonly path: string;
  readonly version?: number;
}

/** Everything to read from Vault. */
export interface Plan {
  readonly deliveries: readonly Delivery[];
  readonly bulk: readonly Bulk[];
}
