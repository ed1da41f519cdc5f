/**
 * Fills the outbox, the arena for the wrapper: the token, an unwrapped secret id,
 * and each variable as `NAME=value\0`, ready for execve.
 */
import { Arena } from "@ffi";
import { encodeCString } from "@/process/own_blocks.ts";
import type { StoredVariable } from "@/protocol/fetcher/messages.ts";
import type { Value } from "@/fetcher/vault/secrets/values.ts";

/** The content of the outbox. */
export interface FetchResult {
  readonly token: string | undefined;
  /** For later logins, if it was wrapped. */
  readonly secretId: string | undefined;
  readonly values: readonly Value[];
}

/** Blocks of the arena. */
export interface OutboxIndex {
  readonly tokenBlock?: number;
  readonly secretIdBlock?: number;
  readonly variables: readonly StoredVariable[];
}

/** The size of an arena for this content. */
export function measureOutbox(
  { token, secretId, values }: FetchResult,
): number {
  const total = values.reduce(
    (sum, { name, bytes }) => sum + name.length + bytes.length + 2,
    new TextEncoder().encode((token ?? "") + (secretId ?? "")).length,
  );
  return Arena.need(values.length + 2, total);
}

/** Writes the content into an empty, formatted arena. */
export function writeOutbox(
  outbox: Arena,
  { token, secretId, values }: FetchResult,
): OutboxIndex {
  const add = (text: string) =>
    addBlock(outbox, [new TextEncoder().encode(text)]);
  const index = {
    ...(token !== undefined && { tokenBlock: add(token) }),
    ...(secretId !== undefined && { secretIdBlock: add(secretId) }),
  };
  const variables = values.map(({ name, bytes, secretRanges }) => {
    const prefix = encodeCString(`${name}=`).subarray(0, -1);
    const block = addBlock(outbox, [prefix, bytes, new Uint8Array(1)]);
    const moved = secretRanges.map(({ start, length }) => ({
      start: start + prefix.length,
      length,
    }));
    return { name, block, secretRanges: moved };
  });
  return { ...index, variables };
}

function addBlock(outbox: Arena, pieces: readonly Uint8Array[]): number {
  const block = outbox.add(pieces.reduce((sum, p) => sum + p.length, 0));
  const view = outbox.block(block);
  let at = 0;
  for (const piece of pieces) {
    view.set(piece, at);
    at += piece.length;
  }
  return block;
}
