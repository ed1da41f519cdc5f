/**
 * The method `kubernetes`: asks the cluster's TokenReview whose the token is.
 * Takes the tokens that the server was told to accept without asking.
 */
import { type Answer, badToken, Refusal } from "./answer.ts";
import { loggedIn, type Role, RoleMethod } from "./login.ts";
import { list, text, type VaultRequest } from "./request.ts";

interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** One mount of the method. */
export class KubernetesAuth extends RoleMethod {
  override readonly type = "kubernetes";

  constructor() {
    super("role");
  }

  protected override async login(request: VaultRequest): Promise<Answer> {
    const name = text(request.body, "role");
    const token = text(request.body, "jwt");
    if (token === "") throw new Refusal(400, "missing jwt");
    if (name === "") throw new Refusal(400, "missing role");
    const role = this.roles.get(name);
    if (!role) throw new Refusal(400, `invalid role name "${name}"`);
    const account = request.core.acceptedJwts.has(token)
      ? ACCEPTED
      : await this.#review(token);
    if (account !== ACCEPTED) checkAccount(account, role);
    return loggedIn(request, {
      role,
      displayName: `kubernetes-${account.namespace}-${account.name}`,
      metadata: {
        role: name,
        service_account_name: account.name,
        service_account_namespace: account.namespace,
        service_account_secret_name: "",
        service_account_uid: account.uid,
      },
    });
  }

  async #review(token: string): Promise<Account> {
    const host = text(this.configuration, "kubernetes_host");
    if (host === "") {
      throw new Refusal(500, "could not load backend configuration");
    }
    const response = await fetch(
      `${host}/apis/authentication.k8s.io/v1/tokenreviews`,
      { method: "POST", body: JSON.stringify({ spec: { token } }) },
    );
    const { status } = await response.json();
    if (!status?.authenticated) throw badToken();
    const [, , namespace = "", name = ""] = String(status.user.username)
      .split(":");
    return { namespace, name, uid: String(status.user.uid) };
  }
}

const ACCEPTED: Account = { namespace: "default", name: "default", uid: "0" };

function checkAccount(account: Account, role: Role): void {
  const bound = (field: string, value: string) =>
    list(role, field).some((each) => each === "*" || each === value);
  if (!bound("bound_service_account_names", account.name)) {
    throw new Refusal(403, "service account name not authorized");
  }
  if (!bound("bound_service_account_namespaces", account.namespace)) {
    throw new Refusal(403, "namespace not authorized");
  }
}
