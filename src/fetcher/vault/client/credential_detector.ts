/**
 * Detects credentials in names that the server chooses (fields, leases). These
 * names reach the log and the wrapper, and a server could repeat a credential in
 * one. All other texts of a server are never passed on.
 */

/** Normalized characters in a row that identify a credential, and not a coincidence. */
const GRAM = 12;
/** Shorter credentials (`root` of a development Vault) occur in any text. */
const MIN_LENGTH = 8;

/** The credentials that were sent, in all encodings that are checked. */
export class CredentialDetector {
  readonly #known: string;
  readonly #added = new Set<string>();
  readonly #grams = new Set<string>();
  readonly #short = new Set<string>();

  /** @param known public text: settings and plan, which messages may quote */
  constructor(known: string) {
    this.#known = normalize(known);
  }

  /** Adds a credential. Every request adds the token: looking through a plan of 1,000 paths takes 2 ms. */
  add(secret: string): void {
    if (this.#added.has(secret)) return;
    this.#added.add(secret);
    for (const form of listForms(secret)) {
      const text = normalize(form);
      if (text.length < GRAM) {
        const isPublic = text.length < MIN_LENGTH || this.#known.includes(text);
        if (!isPublic) this.#short.add(text);
      }
      for (const gram of listGrams(text)) {
        if (!this.#known.includes(gram)) this.#grams.add(gram);
      }
    }
  }

  /** True when a text contains a credential or a large part of one. */
  isContainedIn(text: string): boolean {
    const normal = normalize(text);
    return listGrams(normal).some((gram) => this.#grams.has(gram)) ||
      [...this.#short].some((secret) => normal.includes(secret));
  }
}

/** The credential as it is, in base64 at each alignment, and in hexadecimal. */
function listForms(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const shifted = new Uint8Array([...new Uint8Array(shift), ...bytes]);
    // The first and last characters depend on the neighbouring bytes.
    return shifted.toBase64({ omitPadding: true }).slice(shift + 1, -1);
  });
  return [secret, ...base64, bytes.toHex()];
}

/** Lower-case letters and digits, without percent-encoding. */
function normalize(text: string): string {
  let plain = text.normalize("NFKC");
  for (let depth = 0; depth < 3; depth++) {
    plain = plain.replace(
      /%([0-9a-f]{2})/gi,
      (_, hex) => String.fromCharCode(parseInt(hex, 16)),
    );
  }
  return plain.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function listGrams(text: string): string[] {
  const count = Math.max(0, text.length - GRAM + 1);
  return Array.from({ length: count }, (_, at) => text.slice(at, at + GRAM));
}
