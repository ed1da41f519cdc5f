/**
 * What is wanted from Vault and where it goes. Plain data; it holds names and
 * paths, and literals that stood around references, but no secret.
 */

/** One field of one path. */
export interface FieldPart {
  readonly path: string;
  readonly field: string;
  readonly version?: number;
}

/** Text between references, one character a byte (Latin-1). */
export interface TextPart {
  readonly text: string;
}

/** A piece of a value. */
export type Part = TextPart | FieldPart;

/** One environment variable, put together from its parts. */
export interface Delivery {
  readonly name: string;
  readonly parts: readonly Part[];
}

/** Every field of a path under its own name. */
export interface Bulk {
  readonly path: string;
  readonly version?: number;
}

/** All that is wanted from Vault. */
export interface Plan {
  readonly deliveries: readonly Delivery[];
  readonly bulk: readonly Bulk[];
}
