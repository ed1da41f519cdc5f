/** Credentials for requests, and how long they are valid. */
import { readRegularText } from "@/base/regular_file.ts";
import type { KeyPair, Login } from "./access.ts";
import { runExecPlugin } from "./exec_plugin.ts";
import { FleetError } from "@/fleet/command/errors.ts";

/** Sent with each request. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly keyPair?: KeyPair;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** @throws FleetError */
export async function obtainCredentials(
  login: Login,
  variables: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<Credentials> {
  const answer = login.exec &&
    await runExecPlugin(login.exec, variables, signal);
  const keyPair = answer?.keyPair ?? login.keyPair;
  const token = answer?.token ?? readToken(login);
  return {
    headers: {
      ...authorize(token, login),
      ...(login.impersonate && { "Impersonate-User": login.impersonate }),
    },
    ...(keyPair && { keyPair }),
    ...(answer?.expiresAt && { expiresAt: answer.expiresAt }),
  };
}

/** The file has precedence: the kubelet renews it. */
function readToken({ token, tokenFile }: Login): string | undefined {
  if (tokenFile === undefined) return token;
  try {
    return readRegularText(tokenFile).trim();
  } catch {
    if (token !== undefined) return token;
    throw new FleetError(`Cannot read the token file ${tokenFile}`);
  }
}

function authorize(
  token: string | undefined,
  { basic }: Login,
): Record<string, string> {
  if (token !== undefined) {
    // fetch refuses such a token with a message that quotes it.
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new FleetError(
        "Invalid bearer token: it contains whitespace or control characters",
      );
    }
    return { Authorization: `Bearer ${token}` };
  }
  if (basic === undefined) return {};
  const pair = new TextEncoder().encode(`${basic.username}:${basic.password}`);
  return { Authorization: `Basic ${pair.toBase64()}` };
}
