/**
 * The signed list of a suite, InRelease: it has the hashes of the suite's
 * indexes, which have the hashes of its packages. The archive's keyring verifies
 * it, so that a mirror or an attacker on the network can change nothing.
 */
import { ensurePackages } from "../packages.ts";
import { messageOf } from "../progress.ts";
import { tryRun } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { requireSha256 } from "../verify.ts";
import { download } from "./download.ts";

/** One suite of one archive, section `main`. */
export interface Archive {
  readonly url: string;
  readonly suite: string;
  /** Path of the keyring that signs it; Debian's by default. */
  readonly keyring?: () => Promise<string>;
}

/** A suite of Debian's archive. */
export function debian(suite: string): Archive {
  return { url: "http://deb.debian.org/debian", suite };
}

/** Of the package debian-archive-keyring. */
const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Exactly one signed message, and nothing before, between or after. */
const ONE_MESSAGE =
  /^-----BEGIN PGP SIGNED MESSAGE-----\n(?:(?!-----).*\n)*-----BEGIN PGP SIGNATURE-----\n(?:(?!-----).*\n)*-----END PGP SIGNATURE-----\n?$/;

/**
 * An index of the suite, `main/binary-amd64/Packages.xz` for example.
 *
 * @throws {Error} when signature, suite, age or hash is not as it should be.
 */
export async function fetchIndex(
  archive: Archive,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const suite = `${archive.url}/dists/${archive.suite}`;
  const list = await fetchReleaseFile(archive);
  const sums = /^SHA256:\n((?: .*\n)*)/m.exec(list)?.[1] ?? "";
  const line = sums.split("\n").find((one) => one.endsWith(` ${path}`));
  const hash = /^ ([0-9a-f]{64}) /.exec(line ?? "")?.[1];
  if (!hash) throw new Error(`${suite}/InRelease: no SHA-256 of ${path}`);
  // By hash, because a mirror replaces the two files at different times.
  const byHash = path.replace(/[^/]*$/, `by-hash/SHA256/${hash}`);
  const isByHash = readField(list, "Acquire-By-Hash") === "yes";
  const bytes = await download(`${suite}/${isByHash ? byHash : path}`);
  await requireSha256(bytes, {
    what: `${suite}/${path}`,
    sha256: hash,
    remedy: "try again later or use another network: a mirror altered it",
  });
  return bytes;
}

async function fetchReleaseFile(archive: Archive): Promise<string> {
  const url = `${archive.url}/dists/${archive.suite}/InRelease`;
  const message = new TextDecoder().decode(await download(url));
  await ensurePackages(["debian-archive-keyring", "gpgv"]);
  const keyring = await (archive.keyring?.() ?? DEBIAN_KEYRING);
  const text = await readSigned(message, keyring).catch((error) => {
    throw new Error(
      `${url}: expected a signature by ${keyring}, got ${messageOf(error)}; ` +
        "use another network, or upgrade the keyring's package",
    );
  });
  // The same keys sign all suites of an archive.
  const names = [readField(text, "Codename"), readField(text, "Suite")];
  if (!names.includes(archive.suite)) {
    throw new Error(
      `${url}: expected ${archive.suite}, got ${names[0]}; use another network`,
    );
  }
  requireCurrent(url, readField(text, "Valid-Until"));
  return text;
}

/** Stable suites have no Valid-Until: their next change is months away. */
function requireCurrent(url: string, until: string | undefined): void {
  if (until === undefined || Date.parse(until) > Date.now()) return;
  throw new Error(
    `${url}: expected a list that is valid now, got one until ${until}; ` +
      "check this machine's clock, or use another network",
  );
}

/** The text that gpgv has verified. @throws {Error} with what came instead */
async function readSigned(message: string, keyring: string): Promise<string> {
  if (!ONE_MESSAGE.test(message)) throw new Error("no single signed message");
  await using folder = await TemporaryFolder.make("release");
  const [input, output] = [`${folder.path}/in`, `${folder.path}/out`];
  await Deno.writeTextFile(input, message);
  const { stdout, stderr } = await tryRun("gpgv", [
    ...["--status-fd=1", `--keyring=${keyring}`],
    ...[`--output=${output}`, input],
  ]);
  const bad = /^\[GNUPG:\] BADSIG (.*)$/m.exec(stdout)?.[1];
  if (bad) throw new Error(`a bad one by ${bad}`);
  // As apt: a new key signs before every keyring has it, so one known key is enough.
  if (!/^\[GNUPG:\] GOODSIG /m.test(stdout)) {
    throw new Error(
      stderr.replaceAll(/gpgv: |\n$/g, "").replaceAll(/\s+/g, " "),
    );
  }
  return await Deno.readTextFile(output);
}

function readField(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1];
}
