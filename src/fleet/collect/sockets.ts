/** Listening sockets in the network namespace of a process, from /proc/PID/net, which every user may read. */

/** A listening TCP socket. */
export interface Listener {
  /** As in a URL, without brackets. */
  readonly address: string;
  readonly port: number;
  readonly uid: number;
  /** Unique on the machine, so equal inodes mean the same network namespace. */
  readonly inode: string;
}

const LISTEN = "0A";

/** Listening sockets, IPv4 first. `folder`: `/proc/PID`. */
export function readListeners(folder: string): Listener[] {
  return ["tcp", "tcp6"].flatMap((name) =>
    parseListeners(readText(`${folder}/net/${name}`))
  );
}

/** Parses /proc/net/tcp or tcp6. */
export function parseListeners(text: string): Listener[] {
  return text.split("\n").slice(1).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local = "", , state, , , , uid, , inode = ""] = fields;
    const [address = "", port = ""] = local.split(":");
    if (state !== LISTEN) return [];
    return [{
      address: decodeAddress(address),
      port: parseInt(port, 16),
      uid: Number(uid),
      inode,
    }];
  });
}

/** Decodes hexadecimal 32-bit words in the machine's byte order: little-endian on x86-64 and arm64. */
function decodeAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((pair) => parseInt(pair, 16))
  );
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => {
    const [high = 0, low = 0] = bytes.slice(index * 2);
    return (high << 8 | low).toString(16);
  });
  // URL shortens the address.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** Addresses of the namespace that are reachable from outside, IPv4 first. */
export function readAddresses(folder: string): string[] {
  return [
    ...parseFibTrie(readText(`${folder}/net/fib_trie`)),
    ...parseInet6(readText(`${folder}/net/if_inet6`)),
  ];
}

/** Local addresses of /proc/net/fib_trie, each once. */
export function parseFibTrie(text: string): string[] {
  const found = text.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g);
  const addresses = [...found].map(([, address = ""]) => address);
  return [...new Set(addresses)].filter((one) => !isLoopback(one));
}

/** Global addresses of /proc/net/if_inet6. */
function parseInet6(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [hex = "", , , scope] = line.trim().split(/\s+/);
    if (scope !== "00" || hex.length !== 32) return [];
    const groups = hex.match(/.{4}/g) ?? [];
    return [new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1)];
  });
}

/** True for addresses that are reachable in their own namespace only. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

/** True for a socket that listens on every address. */
export function isAny(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** The effective user of a process. The owner of /proc/PID does not tell it: that is root when the process is not dumpable. */
export function readUid(folder: string): number | undefined {
  const [, uid] = /^Uid:\t\d+\t(\d+)/m.exec(readText(`${folder}/status`)) ?? [];
  return uid === undefined ? undefined : Number(uid);
}

/** A file of /proc; "" when the process has ended. */
export function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
