/** Which engines and which methods can be mounted, by their type's name. */
import { Refusal } from "./answer.ts";
import { AppRoleAuth } from "./auth_approle.ts";
import { CertAuth } from "./auth_cert.ts";
import { JwtAuth } from "./auth_jwt.ts";
import { KubernetesAuth } from "./auth_kubernetes.ts";
import { Database } from "./database.ts";
import { KvV1 } from "./kv.ts";
import { KvV2 } from "./kv_v2.ts";
import type { Backend } from "./request.ts";

/** A new secrets engine. @throws Refusal 400 for a type that is not known */
export function makeEngine(type: string, version: string): Backend {
  if (type === "kv") return version === "2" ? new KvV2() : new KvV1();
  if (type === "kv-v2") return new KvV2();
  if (type === "database") return new Database();
  throw unknown(type);
}

/** A new auth method. @throws Refusal 400 for a type that is not known */
export function makeMethod(type: string): Backend {
  switch (type) {
    case "approle":
      return new AppRoleAuth();
    case "cert":
      return new CertAuth();
    case "jwt":
      return new JwtAuth();
    case "kubernetes":
      return new KubernetesAuth();
  }
  throw unknown(type);
}

function unknown(type: string): Refusal {
  return new Refusal(400, `plugin not found in the catalog: ${type}`);
}
