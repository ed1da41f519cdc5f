/**
 * The forms in which Vault answers: an envelope with data or auth, nothing at
 * all, or a list of errors. Texts are OpenBao 2.7.2's.
 */
import { randomUUID } from "node:crypto";

/** What a handler gives back; without `body` the answer is empty. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Parts of an envelope that differ from "nothing". */
export interface Parts {
  readonly data?: unknown;
  readonly auth?: unknown;
  readonly leaseId?: string;
  readonly leaseSeconds?: number;
  readonly renewable?: boolean;
  readonly warnings?: readonly string[];
}

/** An answer that is a refusal; thrown, so that handlers read straight on. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly string[];

  constructor(status: number, ...errors: readonly string[]) {
    super(errors.join("; "));
    this.status = status;
    this.errors = errors;
  }

  /** The refusal as it goes over the wire. */
  toAnswer(): Answer {
    return { status: this.status, body: { errors: this.errors } };
  }
}

/** 204, as Vault says "done". */
export const DONE: Answer = { status: 204 };

/** The envelope around every successful answer. */
export function envelope(parts: Parts, status = 200): Answer {
  const warnings = parts.warnings ?? [];
  return {
    status,
    body: {
      request_id: randomUUID(),
      lease_id: parts.leaseId ?? "",
      renewable: parts.renewable ?? false,
      lease_duration: parts.leaseSeconds ?? 0,
      data: parts.data ?? null,
      wrap_info: null,
      warnings: warnings.length > 0 ? warnings : null,
      auth: parts.auth ?? null,
    },
  };
}

/** No token, a wrong one or an expired one. */
export function badToken(): Refusal {
  return new Refusal(403, "permission denied");
}

/** A good token whose policies do not allow it. */
export function forbidden(): Refusal {
  return new Refusal(403, listed("permission denied"));
}

/** Nothing is stored under that path. */
export function notFound(): Refusal {
  return new Refusal(404);
}

/** The engine knows no such path. */
export function unsupportedPath(): Refusal {
  return new Refusal(404, listed("unsupported path"));
}

/** The path exists, but not for this method. */
export function unsupportedOperation(): Refusal {
  return new Refusal(405, listed("unsupported operation"));
}

function listed(text: string): string {
  return `1 error occurred:\n\t* ${text}\n\n`;
}
