/**
 * The signature of a release's checksums: OpenSSH's, since ssh-keygen is where
 * releases are made and where they are checked, and its keys may stay in an
 * agent or a security token.
 */
import { ensurePackages } from "../packages.ts";
import { run } from "../run.ts";

/** The signature's domain: one made for a commit or a mail does not fit. */
const NAMESPACE = "cloudtaser-wrapper";

/**
 * Writes `SHA256SUMS.sig` beside `SHA256SUMS`.
 *
 * @param key file of the private key, or of the public key whose private one
 * the SSH agent holds
 * @throws {Error} when ssh-keygen cannot sign with it
 */
export async function signSums(folder: string, key: string): Promise<void> {
  await ensurePackages(["openssh-client"]);
  const sums = `${folder}/SHA256SUMS`;
  await run("ssh-keygen", [
    "-q",
    "-Y",
    "sign",
    "-n",
    NAMESPACE,
    "-f",
    key,
    sums,
  ]);
}
