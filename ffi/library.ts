/**
 * Opens the shim at the first call, never at import. The library's one symbol is
 * its table of addresses, and a function is made from its address at its first
 * use: Deno compiles code for each function that it looks up by name, 0.2 ms each.
 */
import { besideScript, runsFromSource, staticFinder } from "./files.ts";
import { withMemoryFile } from "./memory_file.ts";
import { pointerTo } from "./pointer.ts";
import { SYMBOLS } from "./symbols.ts";

/** CT_ABI of `c/ct.h`. */
const ABI = 3n;
const FILE = "libct.so";
const COUNT = Object.keys(SYMBOLS).length;

/** The shim's functions. */
export type Shim = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let opened: Shim | undefined;

/** The address of `ct_table`. */
function openTable(path: string): Deno.PointerValue {
  return Deno.dlopen(path, { ct_table: { type: "pointer" } }).symbols.ct_table;
}

/** In the static binary the library is mapped before Deno starts, and tools/base/stub.c passes the address. */
function findTable(): Deno.PointerValue {
  if (staticFinder()) {
    return pointerTo(BigInt(Deno.env.get("CT_TABLE") ?? 0));
  }
  if (runsFromSource()) {
    return openTable(new URL(`../c/build/${FILE}`, import.meta.url).pathname);
  }
  return withMemoryFile(Deno.readFileSync(besideScript(FILE)), openTable);
}

/** @throws {Error} */
function readTable(): BigUint64Array {
  const table = findTable();
  if (table === null) throw new Error("The shim has no table");
  const bytes = Deno.UnsafePointerView.getArrayBuffer(table, (COUNT + 2) * 8);
  return takeAddresses(new BigUint64Array(bytes));
}

/**
 * The addresses of the functions, in the order of `ffi/symbols.ts`.
 *
 * @param table the library's: its ABI, the addresses, 0
 * @throws {Error} when it is another build's.
 */
export function takeAddresses(table: BigUint64Array): BigUint64Array {
  if (table[0] !== ABI || table.indexOf(0n) !== COUNT + 1) {
    throw new Error(
      `The shim has ABI ${
        table[0]
      } (wanted: ${ABI}), or not ${COUNT} functions: rebuild it`,
    );
  }
  return table.subarray(1, -1);
}

type Call = (...args: never[]) => Promise<unknown>;

/** Arguments of calls that run on another thread. */
const inUse = new Set<readonly unknown[]>();

/** Deno keeps no reference to them, so V8 could free a buffer that is not used after the call. */
function keepArguments(call: Call): Call {
  return async (...args) => {
    inUse.add(args);
    try {
      return await call(...args);
    } finally {
      inUse.delete(args);
    }
  };
}

/** An object whose properties become functions when they are read. */
function makeFunctions(addresses: BigUint64Array): Shim {
  const shim = {} as Shim;
  const symbols: Deno.ForeignLibraryInterface = SYMBOLS;
  Object.entries(symbols).forEach(([name, prototype], index) => {
    const make = () => {
      const made = new Deno.UnsafeFnPointer(
        pointerTo(addresses[index] ?? 0n) as Deno.PointerObject<
          Deno.ForeignFunction
        >,
        prototype as Deno.ForeignFunction,
      );
      const call = made.call.bind(made);
      const value = "nonblocking" in prototype
        ? keepArguments(call as Call)
        : call;
      Object.defineProperty(shim, name, { value });
      return value;
    };
    Object.defineProperty(shim, name, { configurable: true, get: make });
  });
  return shim;
}

/**
 * The shim's functions. Opens the shim at the first call.
 *
 * @throws {Error} when the kernel forbids it, or the library is a stale build.
 */
export function library(): Shim {
  return opened ??= makeFunctions(readTable());
}
