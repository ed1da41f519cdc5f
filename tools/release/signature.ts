/**
 * The signature of a release's checksums: OpenSSH's, since ssh-keygen is where
 * releases are made and where they are checked, and its keys may stay in an
 * agent or a security token.
 */
import { ensurePackages } from "../packages.ts";
import { run } from "../run.ts";

/**
 * Writes `SHA256SUMS.sig` beside `SHA256SUMS`. The version is part of the
 * signature's namespace, so that an old release does not pass for a new one.
 *
 * @param key file of the private key, or of the public key whose private one
 * the SSH agent holds
 * @throws {Error} when ssh-keygen cannot sign with it
 */
export async function signSums(
  folder: string,
  { key, version }: { readonly key: string; readonly version: string },
): Promise<void> {
  await ensurePackages(["openssh-client"]);
  const namespace = `cloudtaser-wrapper-v${version}`;
  const words = ["-q", "-Y", "sign", "-n", namespace, "-f", key];
  await run("ssh-keygen", [...words, `${folder}/SHA256SUMS`]);
}
