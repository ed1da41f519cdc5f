/** Which files count as credentials: all that somebody else could log in with, and no others. */
import { deepEqual } from "node:assert/strict";
import { makeSubject } from "@/commands/proof_subject.ts";
import type { Intake } from "@/commands/intake.ts";
import type { ProvenAgent } from "@/probe/mod.ts";

const FILES = {
  tokenFile: "/t",
  jwtFile: "/j",
  roleIdFile: "/r",
  secretIdFile: "/s",
};

/** The files that are judged with this configuration. */
function judged(
  auth: Readonly<Record<string, string>> | undefined,
  secret = "",
): string[] {
  const intake = {
    config: { tokenNames: [], vault: auth && { auth, clientKey: "/k" } },
    store: {
      arenas: () => [],
      found: (name: string) => name === secret ? new Uint8Array(1) : undefined,
    },
    left: [],
    wiped: ["VAULT_TOKEN"],
  } as unknown as Intake;
  const { token } = makeSubject(intake, {} as ProvenAgent);
  return (token.files ?? []).map(({ path }) => path);
}

Deno.test("makeSubject() names every credential file, whatever the token's source", () => {
  deepEqual(judged(undefined), []);
  deepEqual(judged({ method: "token", jwtFile: "/j" }), []);
  deepEqual(judged({ method: "token", ...FILES }), ["/t", "/s"]);
  deepEqual(judged({ method: "approle", ...FILES }), ["/t", "/s"]);
  deepEqual(judged({ method: "kubernetes", jwtFile: "/j" }), ["/j"]);
  deepEqual(judged({ method: "jwt", ...FILES }), ["/t", "/s", "/j"]);
  deepEqual(judged({ method: "cert", jwtFile: "/j" }), ["/k"]);
});

Deno.test("makeSubject() takes a role id for a secret where it is enough to log in", () => {
  const auth = { method: "approle", jwtFile: "/j", roleIdFile: "/r" };
  deepEqual(judged(auth), ["/r"]);
  deepEqual(judged(auth, "VAULT_SECRET_ID"), []);
  deepEqual(judged(auth, "VAULT_SECRET_ID_WRAPPED"), []);
  deepEqual(judged({ ...auth, secretIdWrappedFile: "/w" }), []);
});
