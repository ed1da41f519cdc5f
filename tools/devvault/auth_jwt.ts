/** The method `jwt`: tokens signed by keys that the configuration lists. */
import { type Answer, Refusal } from "./answer.ts";
import { checkTime, type Claims, invalid, verifiedClaims } from "./jwt.ts";
import { loggedIn, type Role, RoleMethod } from "./login.ts";
import { list, text, type VaultRequest } from "./request.ts";

/** One mount of the method. */
export class JwtAuth extends RoleMethod {
  override readonly type = "jwt";

  constructor() {
    super("role");
  }

  protected override login(request: VaultRequest): Answer {
    const name = text(request.body, "role");
    const token = text(request.body, "jwt");
    if (name === "") throw new Refusal(400, "missing role");
    const role = this.roles.get(name);
    if (!role) throw new Refusal(400, `role "${name}" could not be found`);
    if (token === "") throw new Refusal(400, "missing token");
    const subject = request.core.acceptedJwts.has(token)
      ? "accepted"
      : this.#subject(token, role);
    return loggedIn(request, {
      role,
      displayName: `${request.mount.slice(5, -1)}-${subject}`,
      metadata: { role: name },
    });
  }

  #subject(token: string, role: Role): string {
    const keys = list(this.configuration, "jwt_validation_pubkeys");
    const claims = verifiedClaims(token, keys);
    checkTime(claims);
    const issuer = text(this.configuration, "bound_issuer");
    if (issuer !== "" && claims.iss !== issuer) {
      throw invalid("invalid issuer (iss) claim");
    }
    checkAudience(claims, list(role, "bound_audiences"));
    return text(claims, text(role, "user_claim"));
  }
}

function checkAudience(claims: Claims, wanted: readonly string[]): void {
  if (list(claims, "aud").some((each) => wanted.includes(each))) return;
  throw invalid(
    "invalid audience (aud) claim: audience claim does not match any " +
      "expected audience",
  );
}
