/**
 * `deno task release`: the files of a release, in dist/ (--output=FOLDER), with
 * a signature of the checksums if --sign=KEY names an SSH key. The same bytes
 * for the same commit, on machines of one processor with the same Debian
 * packages: dates are the commit's, or SOURCE_DATE_EPOCH where that is set.
 */
import { parseArgs } from "node:util";
import { type Arch, ARCHES } from "./build/target.ts";
import { sha256 } from "./cache.ts";
import { compile } from "./compile.ts";
import { runMain, say, step } from "./progress.ts";
import {
  type Components,
  findComponents,
  listComponents,
  renderNotices,
} from "./release/notices.ts";
import { type ImageBinary, writeOciImage } from "./release/oci_image.ts";
import { renderSbom } from "./release/sbom.ts";
import { signSums } from "./release/signature.ts";
import { tryRun } from "./run.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const NAME = "cloudtaser-wrapper";
const NOTICES = "THIRD_PARTY_NOTICES";
const IMAGE = `${NAME}.oci.tar`;

/** The files of one processor; its name is what `uname -m` prints. */
const binaryFile = (arch: Arch) => `${NAME}-${arch}`;
const billFile = (arch: Arch) => `${NAME}-${arch}.cdx.json`;

/** The files in SHA256SUMS. */
export const FILES = [
  ...ARCHES.map(binaryFile),
  IMAGE,
  ...ARCHES.map(billFile),
  NOTICES,
];

/**
 * Writes the binaries, their image, bills of materials, notices and checksums.
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
  const binaries: ImageBinary[] = [];
  const contents: Components[] = [];
  for (const arch of ARCHES) {
    const path = `${folder}/${binaryFile(arch)}`;
    const { sha256 } = await compile({ arch, output: path });
    const content = await step(
      `finding its components (${arch})`,
      () => findComponents(arch),
    );
    const subject = { name: NAME, version, license, sha256, date };
    const bill = renderSbom(subject, listComponents(content));
    await Deno.writeTextFile(`${folder}/${billFile(arch)}`, bill);
    binaries.push({ arch, path });
    contents.push(content);
  }
  const notices = `${folder}/${NOTICES}`;
  await Deno.writeTextFile(notices, await renderNotices(contents));
  await step("OCI image", () => {
    const options = { binaries, notices, version, revision, date };
    return writeOciImage(`${folder}/${IMAGE}`, options);
  });
  await writeSums(folder);
  return version;
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

const USAGE = "deno task release [--output=FOLDER] [--sign=KEY]";

if (import.meta.main) await runMain("release", main, USAGE);
