/**
 * Addresses of JavaScript memory, and zero-copy views of C memory. The caller
 * keeps the memory behind a view mapped.
 */

/** The address of a view's first byte. */
export function addressOf(view: Uint8Array | BigUint64Array): bigint {
  return Deno.UnsafePointer.value(
    Deno.UnsafePointer.of(view as Uint8Array<ArrayBuffer>),
  );
}

/** The pointer of an address. */
export function pointerTo(address: bigint): Deno.PointerValue {
  return Deno.UnsafePointer.create(address);
}

/** Zero-copy view of `length` bytes at `address`. */
export function viewOf(
  address: bigint,
  length: number,
): Uint8Array<ArrayBuffer> {
  const pointer = pointerTo(address);
  if (pointer === null || length === 0) return new Uint8Array(0);
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, length));
}

/** Casts to the type that the FFI expects for a "buffer". */
export function buffer(view: Uint8Array): Uint8Array<ArrayBuffer> {
  return view as Uint8Array<ArrayBuffer>;
}

/** Addresses of NUL-terminated strings, then a null pointer. */
export function pointerArray(views: readonly Uint8Array[]): BigUint64Array {
  const array = new BigUint64Array(views.length + 1);
  for (const [index, view] of views.entries()) {
    if (view.length === 0 || view[view.length - 1] !== 0) {
      throw new TypeError(`String ${index} is not terminated by NUL`);
    }
    array[index] = addressOf(view);
  }
  return array;
}
