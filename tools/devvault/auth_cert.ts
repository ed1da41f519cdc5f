/**
 * The method `cert`: the client certificate of the TLS connection, signed by
 * the authority that a role names.
 */
import { X509Certificate } from "node:crypto";
import { type Answer, Refusal } from "./answer.ts";
import { loggedIn, type Role, RoleMethod } from "./login.ts";
import {
  list,
  type PeerCertificate,
  text,
  type VaultRequest,
} from "./request.ts";

/** One mount of the method. */
export class CertAuth extends RoleMethod {
  override readonly type = "cert";

  constructor() {
    super("certs");
  }

  protected override login(request: VaultRequest): Answer {
    const { peer } = request;
    if (!peer) throw new Refusal(400, "no client certificate found");
    const wanted = text(request.body, "name");
    const trusting = [...this.roles].filter(([name, role]) =>
      (wanted === "" || wanted === name) && trusts(role, peer)
    );
    if (trusting.length === 0) {
      throw new Refusal(
        400,
        "invalid certificate or no client certificate supplied",
      );
    }
    const [name, role] = trusting.find(([, each]) => names(each, peer)) ?? [];
    if (!name || !role) {
      throw new Refusal(
        400,
        "no chain matching all constraints could be found for this login " +
          "certificate",
      );
    }
    return loggedIn(request, {
      role,
      displayName: `cert-${name}`,
      metadata: {
        authority_key_id: "",
        cert_name: name,
        common_name: peer.commonName,
        serial_number: peer.serial,
        subject_key_id: "",
      },
    });
  }
}

function trusts(role: Role, peer: PeerCertificate): boolean {
  const authority = new X509Certificate(text(role, "certificate"));
  const shown = new X509Certificate(peer.pem);
  const inTime = Date.parse(shown.validTo) > Date.now();
  return inTime && shown.verify(authority.publicKey);
}

function names(role: Role, peer: PeerCertificate): boolean {
  const allowed = list(role, "allowed_common_names");
  return allowed.length === 0 || allowed.includes(peer.commonName);
}
