/**
 * Finds what we sent to Vault in what Vault chose to name: fields, leases. Such
 * names reach the log and the long-lived process, and a server that repeats a
 * credential in one would put it there. Defence in depth: the other texts of a
 * server are never passed on at all.
 */

/** Characters, folded, in a row that are a credential's and no chance. */
const GRAM = 12;
/** Shorter ones (the `root` of a development Vault) would be found in any text. */
const LEAST = 8;

/** What was sent, in every form that a name may have it in. */
export class Echo {
  readonly #known: string;
  readonly #grams = new Set<string>();
  readonly #short = new Set<string>();

  /** @param known what is no secret: settings and plan, which messages may quote */
  constructor(known: string) {
    this.#known = fold(known);
  }

  /** Notes a credential. */
  learn(secret: string): void {
    for (const form of listForms(secret)) {
      const text = fold(form);
      if (text.length < GRAM) {
        const isTold = text.length < LEAST || this.#known.includes(text);
        if (!isTold) this.#short.add(text);
      }
      for (const gram of listGrams(text)) {
        if (!this.#known.includes(gram)) this.#grams.add(gram);
      }
    }
  }

  /** Whether a text holds a credential or a good part of one. */
  isIn(text: string): boolean {
    const folded = fold(text);
    return listGrams(folded).some((gram) => this.#grams.has(gram)) ||
      [...this.#short].some((secret) => folded.includes(secret));
  }
}

/** As it is, in base64 at each place of three bytes, in hexadecimal. */
function listForms(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const shifted = new Uint8Array([...new Uint8Array(shift), ...bytes]);
    // The first and last characters hang on what stands beside it.
    return shifted.toBase64({ omitPadding: true }).slice(shift + 1, -1);
  });
  return [secret, ...base64, bytes.toHex()];
}

/** Letters and digits alone, small, without percent-encoding. */
function fold(text: string): string {
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
