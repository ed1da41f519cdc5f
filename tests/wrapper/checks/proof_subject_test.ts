/** Which files count as credentials: those that another process could log in with. */
import { deepEqual } from "node:assert/strict";
import { makeSubject } from "@/wrapper/checks/proof_subject.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";
import type {
  ProvenAgent,
  TokenOrigin,
} from "@/wrapper/checks/proofs/subject.ts";

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
  return (tell(auth, secret).files ?? []).map(({ path }) => path);
}

function tell(
  auth: Readonly<Record<string, string>> | undefined,
  secret = "",
): TokenOrigin {
  const ingested = {
    config: { tokenNames: [], vault: auth && { auth, clientKey: "/k" } },
    store: {
      arenas: () => [],
      found: (name: string) => name === secret ? new Uint8Array(1) : undefined,
    },
    keptInEnvironment: [],
    wiped: ["VAULT_TOKEN"],
    readFrom: new Map([["/t", new Set(["ext4"])]]),
  } as unknown as Ingested;
  return makeSubject(ingested, {} as ProvenAgent).token;
}

Deno.test("makeSubject() lists every credential file for any origin of the token", () => {
  deepEqual(judged(undefined), []);
  deepEqual(judged({ method: "token", jwtFile: "/j" }), []);
  deepEqual(judged({ method: "token", ...FILES }), ["/t", "/s"]);
  deepEqual(judged({ method: "approle", ...FILES }), ["/t", "/s"]);
  deepEqual(judged({ method: "kubernetes", jwtFile: "/j" }), ["/j"]);
  deepEqual(judged({ method: "jwt", ...FILES }), ["/t", "/s", "/j"]);
  deepEqual(judged({ method: "cert", jwtFile: "/j" }), ["/k"]);
});

Deno.test("makeSubject() has the file systems that each file was read from", () => {
  const files = tell({ method: "approle", ...FILES }).files;
  deepEqual(files?.map(({ readFrom }) => readFrom), [["ext4"], []]);
});

Deno.test("makeSubject() counts a role id as a credential if it is enough to log in", () => {
  const auth = { method: "approle", jwtFile: "/j", roleIdFile: "/r" };
  deepEqual(judged(auth), ["/r"]);
  deepEqual(judged(auth, "VAULT_SECRET_ID"), []);
  deepEqual(judged(auth, "VAULT_SECRET_ID_WRAPPED"), []);
  deepEqual(judged({ ...auth, secretIdWrappedFile: "/w" }), []);
});
