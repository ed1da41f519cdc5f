/** What the binary carries and few processes need, as small as it gets. */
import { brotliCompressSync, constants } from "node:zlib";

/** Brotli at its best, which takes seconds for a megabyte. */
export function compress(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }));
}
