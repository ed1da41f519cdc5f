/** Versions of this binary. */
import project from "../../deno.json" with { type: "json" };

/** Versions, for `--version` and the status. */
export const VERSION = {
  wrapper: project.version,
  deno: Deno.version.deno,
  /** Of the loader and libraries inside the binary; set by its stub. */
  glibc: Deno.env.get("CT_GLIBC") ?? "of this machine",
} as const;
