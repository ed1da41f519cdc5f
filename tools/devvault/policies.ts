/**
 * Policies: which paths a token may use. Reads the usual HCL form
 * `path "a/*" { capabilities = ["read"] }` and nothing more of HCL.
 */
/** What is asked of the store, whatever the HTTP method was. */
export type Operation = "read" | "write" | "delete" | "list";

/** One rule of a policy. */
export interface Rule {
  readonly pattern: string;
  readonly capabilities: readonly string[];
}

/** What every token may do, after Vault's own policy `default`. */
export const DEFAULT_POLICY: readonly Rule[] = [
  { pattern: "auth/token/lookup-self", capabilities: ["read"] },
  { pattern: "auth/token/renew-self", capabilities: ["update"] },
  { pattern: "auth/token/revoke-self", capabilities: ["update"] },
  { pattern: "sys/leases/renew", capabilities: ["update"] },
  { pattern: "sys/leases/lookup", capabilities: ["update"] },
];

/** Rules of a policy's text; comments are left out. */
export function parsePolicy(source: string): Rule[] {
  const plain = source.replace(/^\s*(#|\/\/).*$/gm, "");
  const blocks = plain.matchAll(
    /path\s+"([^"]*)"\s*\{[^}]*?capabilities\s*=\s*\[([^\]]*)\]/g,
  );
  return [...blocks].map(([, pattern = "", names = ""]) => ({
    pattern,
    capabilities: [...names.matchAll(/"([^"]*)"/g)].map(([, name = ""]) =>
      name
    ),
  }));
}

const NEEDED: Readonly<Record<Operation, readonly string[]>> = {
  read: ["read"],
  write: ["update", "create"],
  delete: ["delete"],
  list: ["list"],
};

/** Whether these rules, all policies together, allow it: the best match decides. */
export function allows(
  rules: readonly Rule[],
  path: string,
  operation: Operation,
): boolean {
  const matching = rules.filter((rule) => matches(rule.pattern, path));
  const best = matching.map((rule) => rule.pattern).sort(moreSpecific)[0];
  const granted = matching.filter((rule) => rule.pattern === best)
    .flatMap((rule) => rule.capabilities);
  if (granted.includes("deny")) return false;
  return NEEDED[operation].some((name) => granted.includes(name));
}

function matches(pattern: string, path: string): boolean {
  const source = pattern.split(/(\+|\*$)/).map((part) => {
    if (part === "+") return "[^/]+";
    if (part === "*") return ".*";
    return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  }).join("");
  return new RegExp(`^${source}$`).test(path);
}

/** Exact before patterns, then the one whose first wildcard comes later. */
function moreSpecific(a: string, b: string): number {
  return fixedLength(b) - fixedLength(a) || b.length - a.length;
}

function fixedLength(pattern: string): number {
  const at = pattern.search(/\+|\*$/);
  return at < 0 ? Infinity : at;
}
