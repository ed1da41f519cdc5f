/** A namespace: what is mounted in it, and its policies. */
import { TokenAuth } from "./auth_token.ts";
import { DEFAULT_POLICY, type Rule } from "./policies.ts";
import type { Backend } from "./request.ts";
import { makeSys } from "./sys.ts";

/** One namespace; `path` is "" or ends in a slash. */
export interface Namespace {
  readonly path: string;
  /** Mount path with its slash → what answers there. */
  readonly mounts: Map<string, Backend>;
  readonly policies: Map<string, Policy>;
}

/** A policy's text and what it means. */
export interface Policy {
  readonly source: string;
  readonly rules: readonly Rule[];
}

/** An empty namespace: only sys, tokens and the policy `default`. */
export function makeNamespace(path: string): Namespace {
  return {
    path,
    mounts: new Map<string, Backend>([
      ["sys/", makeSys()],
      ["auth/token/", new TokenAuth()],
    ]),
    policies: new Map([["default", { source: "", rules: DEFAULT_POLICY }]]),
  };
}
