/**
 * Fills the arena that the courier leaves to the wrapper: the token, and each
 * variable as `NAME=value\0`, so that execve can take it from there.
 */
import { Arena } from "@ffi";
import { encodeCString, type StoredVariable } from "@/memory/mod.ts";
import type { Value } from "@/vault/mod.ts";

/** Where everything lies in the arena. */
export interface OutboxIndex {
  readonly tokenBlock?: number;
  readonly variables: readonly StoredVariable[];
}

/** Bytes of the arena that takes them. */
export function measureOutbox(
  token: string | undefined,
  values: readonly Value[],
): number {
  const total = values.reduce(
    (sum, { name, bytes }) => sum + name.length + bytes.length + 2,
    new TextEncoder().encode(token ?? "").length,
  );
  return Arena.need(values.length + 1, total);
}

/** Writes them into an empty, formatted arena. */
export function writeOutbox(
  outbox: Arena,
  token: string | undefined,
  values: readonly Value[],
): OutboxIndex {
  const tokenBlock = token === undefined
    ? {}
    : { tokenBlock: addBlock(outbox, [new TextEncoder().encode(token)]) };
  const variables = values.map(({ name, bytes, needles }) => {
    const prefix = encodeCString(`${name}=`).subarray(0, -1);
    const block = addBlock(outbox, [prefix, bytes, new Uint8Array(1)]);
    const moved = needles.map(({ start, length }) => ({
      start: start + prefix.length,
      length,
    }));
    return { name, block, needles: moved };
  });
  return { ...tokenBlock, variables };
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
