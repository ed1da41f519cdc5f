/** What this binary was made of. */
import project from "../../deno.json" with { type: "json" };

/** Versions, for `--version` and the status. */
export const VERSION = {
  wrapper: project.version,
  deno: Deno.version.deno,
  /** Of the loader and libraries that travel in the binary; told by its entry stub. */
  glibc: Deno.env.get("CT_GLIBC") ?? "of this machine",
} as const;
