/** An archive with one package on a port of this machine, signed by a key of its own. */
import { HOST, targetOf } from "../../tools/build/target.ts";
import { sha256 } from "../../tools/cache.ts";
import { run } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import type { Archive } from "../../tools/vm/archive.ts";

const { debian } = targetOf(HOST);
const BELOW_SUITE = `main/binary-${debian}/Packages.xz`;
export const RELEASE = "dists/trixie/InRelease";
export const INDEX = `dists/trixie/${BELOW_SUITE}`;
/** Path of the package, and what it installs. */
export const PACKAGE = "pool/tool.deb";
export const INSTALLED = "usr/bin/tool";

/** `await using` ends it. */
export class SignedArchive implements AsyncDisposable {
  /** What it serves, by path: tests change it. */
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #folder: TemporaryFolder;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      ({ url }) => {
        const bytes = this.files.get(new URL(url).pathname.slice(1));
        return new Response(bytes ?? null, { status: bytes ? 200 : 404 });
      },
    );
  }

  static async make(): Promise<SignedArchive> {
    const archive = new SignedArchive(await TemporaryFolder.make("archive"));
    const folder = archive.#folder.path;
    const key = "--passphrase= --quick-gen-key";
    await archive.#gpg([...key.split(" "), "good", "ed25519", "sign", "never"]);
    await archive.#gpg(["--output", `${folder}/good.gpg`, "--export", "good"]);
    // Its keyring does not have this one.
    await archive.#gpg([...key.split(" "), "evil", "ed25519", "sign", "never"]);
    await archive.#makePackage();
    await archive.sign();
    return archive;
  }

  /** As tools name it. */
  get archive(): Archive {
    return {
      url: `http://127.0.0.1:${this.#server.addr.port}`,
      suite: "trixie",
      keyring: () => Promise.resolve(`${this.#folder.path}/good.gpg`),
    };
  }

  /** Writes and signs InRelease, with these fields besides the hashes. */
  async sign(
    fields: Readonly<Record<string, string>> = {},
    key = "good",
  ): Promise<void> {
    const index = this.files.get(INDEX)!;
    const all = {
      Suite: "stable",
      Codename: "trixie",
      Date: new Date().toUTCString(),
      Architectures: debian,
      Components: "main",
      ...fields,
    };
    const lines = Object.entries(all).map(([k, v]) => `${k}: ${v}\n`).join("");
    // apt wants the plain index listed, too.
    const plain = await Deno.readFile(`${this.#folder.path}/Packages`);
    const sums = [
      ["SHA256:"],
      ["", await sha256(index), index.length, BELOW_SUITE],
      ["", await sha256(plain), plain.length, BELOW_SUITE.replace(".xz", "")],
    ].map((words) => `${words.join(" ")}\n`).join("");
    const path = `${this.#folder.path}/InRelease`;
    await Deno.writeTextFile(`${path}.in`, lines + sums);
    const sign = ["--yes", "--local-user", key, "--output", path];
    await this.#gpg([...sign, "--clearsign", `${path}.in`]);
    this.files.set(RELEASE, await Deno.readFile(path));
  }

  /** Serves the hashes as Release, without a signature. */
  async stripSignature(): Promise<void> {
    const path = `${this.#folder.path}/InRelease.in`;
    this.files.delete(RELEASE);
    const release = RELEASE.replace("InRelease", "Release");
    this.files.set(release, await Deno.readFile(path));
  }

  async #makePackage(): Promise<void> {
    const folder = this.#folder.path;
    await Deno.mkdir(`${folder}/root/DEBIAN`, { recursive: true });
    await Deno.mkdir(`${folder}/root/usr/bin`, { recursive: true });
    await Deno.writeTextFile(`${folder}/root/${INSTALLED}`, "tool\n");
    const control = "Package: tool\nVersion: 1\nArchitecture: all\n" +
      "Maintainer: test <test@example.com>\nDescription: test\n";
    await Deno.writeTextFile(`${folder}/root/DEBIAN/control`, control);
    const deb = `${folder}/tool.deb`;
    await run("dpkg-deb", ["--build", `${folder}/root`, deb]);
    this.files.set(PACKAGE, await Deno.readFile(deb));
    const hash = await sha256(await Deno.readFile(deb));
    const { size } = await Deno.stat(deb);
    const entry =
      `${control}Filename: ${PACKAGE}\nSize: ${size}\nSHA256: ${hash}\n`;
    await Deno.writeTextFile(`${folder}/Packages`, entry);
    await run("xz", ["--keep", `${folder}/Packages`]);
    this.files.set(INDEX, await Deno.readFile(`${folder}/Packages.xz`));
  }

  #gpg(args: readonly string[]): Promise<string> {
    const options = ["--homedir", this.#folder.path, "--batch", "--quiet"];
    return run("gpg", [...options, ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    const home = ["--homedir", this.#folder.path];
    await run("gpgconf", [...home, "--kill", "all"]);
    await run("gpgconf", [...home, "--remove-socketdir"]);
    await this.#folder[Symbol.asyncDispose]();
  }
}
