/**
 * `deno task release`: the files of a release, in dist/ (--output=FOLDER), with
 * a signature of the checksums if --sign=KEY names an SSH key. The same bytes
 * for the same commit, on machines with the same Debian packages: dates are the
 * commit's, or SOURCE_DATE_EPOCH where that is set.
 */
import { parseArgs } from "node:util";
import { sha256 } from "./cache.ts";
import { compile } from "./compile.ts";
import { runMain, say, step } from "./progress.ts";
import { findDebianPackages } from "./release/debian_packages.ts";
import { findNpmPackages } from "./release/npm_packages.ts";
import { writeOciImage } from "./release/oci_image.ts";
import { type Component, renderSbom } from "./release/sbom.ts";
import { signSums } from "./release/signature.ts";
import { tryRun } from "./run.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const NAME = "cloudtaser-wrapper";

/** The files in SHA256SUMS. */
const FILES = [
  NAME,
  `${NAME}.oci.tar`,
  `${NAME}.cdx.json`,
  "THIRD_PARTY_NOTICES",
];

/**
 * Writes the binary, its image, bill of materials, notices and checksums.
 *
 * @returns the version
 * @throws {Error} when a step fails.
 */
async function release(folder: string): Promise<string> {
  const { version, license } = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.json`),
  );
  const revision = await git("rev-parse", "HEAD");
  const date = new Date(1000 * await readEpoch());
  const binary = `${folder}/${NAME}`;
  const compiled = await compile({ output: binary });
  const components = await step("finding its components", findComponents);
  const sbom = renderSbom(
    { name: NAME, version, license, sha256: compiled.sha256, date },
    components,
  );
  await Deno.writeTextFile(`${folder}/${NAME}.cdx.json`, sbom);
  const notices = renderNotices(components);
  await Deno.writeTextFile(`${folder}/THIRD_PARTY_NOTICES`, notices);
  await step("OCI image", () => {
    const options = { binary, version, revision, date };
    return writeOciImage(`${folder}/${NAME}.oci.tar`, options);
  });
  await writeSums(folder);
  return version;
}

/** Deno first, as it is most of the binary. */
async function findComponents(): Promise<Component[]> {
  const deno = {
    name: "deno",
    version: Deno.version.deno,
    purl: `pkg:github/denoland/deno@v${Deno.version.deno}`,
    license: "MIT",
    notice: await Deno.readTextFile(
      new URL("./release/deno_license.txt", import.meta.url),
    ),
  };
  return [deno, ...await findNpmPackages(), ...await findDebianPackages()];
}

function renderNotices(components: readonly Component[]): string {
  const head =
    `${NAME} is licensed under Apache-2.0. It contains the software below.\n`;
  const line = "=".repeat(79);
  return [
    head,
    ...components.map(({ name, version, notice }) =>
      `${line}\n${name} ${version}\n${line}\n\n${notice.trim()}\n`
    ),
  ].join("\n");
}

async function writeSums(folder: string): Promise<void> {
  const lines = await Promise.all(FILES.map(async (name) => {
    return `${await sha256(await Deno.readFile(`${folder}/${name}`))}  ${name}`;
  }));
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, `${lines.join("\n")}\n`);
}

/** https://reproducible-builds.org/docs/source-date-epoch/ */
async function readEpoch(): Promise<number> {
  const set = Deno.env.get("SOURCE_DATE_EPOCH");
  const text = set ?? await git("log", "-1", "--format=%ct");
  if (text === undefined || !/^\d+$/.test(text)) {
    throw new Error("cannot read the commit's date: set SOURCE_DATE_EPOCH");
  }
  return Number(text);
}

/** Undefined where this is not a clone. */
async function git(...args: string[]): Promise<string | undefined> {
  const { code, stdout } = await tryRun("git", ["-C", ROOT, ...args]);
  return code === 0 ? stdout.trim() : undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      output: { type: "string", default: `${ROOT}dist` },
      sign: { type: "string" },
    },
  });
  const { output: folder, sign: key } = values;
  const changes = await git("status", "--porcelain");
  if (changes) say("The working tree has uncommitted changes.");
  if (key !== undefined && changes !== "") {
    throw new Error("not signed: --sign needs a clone without changes");
  }
  // A release of an earlier run has another.
  await Deno.remove(`${folder}/SHA256SUMS.sig`).catch(() => {});
  const version = await release(folder);
  if (key !== undefined) await signSums(folder, { key, version });
  console.log(await Deno.readTextFile(`${folder}/SHA256SUMS`));
}

if (import.meta.main) await runMain("release", main);
