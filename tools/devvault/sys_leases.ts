/** sys/leases/: renew, revoke and look up the leases of dynamic secrets. */
import {
  type Answer,
  DONE,
  envelope,
  Refusal,
  unsupportedOperation,
  unsupportedPath,
} from "./answer.ts";
import type { Lease } from "./leases.ts";
import { secondsRemaining } from "./lifetime.ts";
import { seconds, text, type VaultRequest } from "./request.ts";

/** Answers sys/leases/`rest`; the id comes in the body or after the verb. */
export function leasesEndpoint(request: VaultRequest, rest: string): Answer {
  const [verb = "", inPath = ""] = rest.split(/\/(.*)/);
  if (!["renew", "revoke", "lookup"].includes(verb)) throw unsupportedPath();
  if (request.operation !== "write") throw unsupportedOperation();
  const id = text(request.body, "lease_id") || inPath;
  if (id === "") throw new Refusal(400, "lease_id must be specified");
  switch (verb) {
    case "renew":
      return renew(request, id);
    case "lookup":
      return lookup(request.core.leases.find(id, "invalid lease"));
    default:
      request.core.leases.revoke(id);
      return DONE;
  }
}

function renew(request: VaultRequest, id: string): Answer {
  const { leases } = request.core;
  const lease = leases.find(id, "lease not found");
  const wanted = seconds(request.body, "increment");
  const grant = leases.renew(lease, wanted);
  return envelope({
    leaseId: lease.id,
    leaseSeconds: grant.seconds,
    renewable: true,
    warnings: grant.warnings,
  });
}

function lookup(lease: Lease): Answer {
  const renewed = lease.renewedAt;
  return envelope({
    data: {
      expire_time: new Date(lease.expiresAt).toISOString(),
      id: lease.id,
      issue_time: new Date(lease.issuedAt).toISOString(),
      last_renewal: renewed ? new Date(renewed).toISOString() : null,
      path: lease.path,
      renewable: true,
      ttl: secondsRemaining(lease.expiresAt),
    },
  });
}
