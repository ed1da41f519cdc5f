/**
 * THIRD_PARTY_NOTICES: what the binary contains and under which terms. As a
 * program it writes the file for one processor, which the Dockerfile needs:
 * `deno run -A tools/release/notices.ts --arch=aarch64 PATH`, after the build.
 */
import { parseArgs } from "node:util";
import { type Arch, HOST, parseArch } from "../build/target.ts";
import { runMain } from "../progress.ts";
import { type DebianPackage, findDebianPackages } from "./debian_packages.ts";
import { NOTICES, readCrates } from "./deno/crates.ts";
import { renderLgpl } from "./lgpl.ts";
import { findNpmPackages } from "./npm_packages.ts";
import type { Component } from "./sbom.ts";

/** A component with its copyright and license texts. */
export interface Noticed extends Component {
  readonly notice: string;
}

/** Everything that a binary contains. */
export interface Components {
  readonly deno: Noticed;
  readonly crates: readonly Component[];
  readonly npm: readonly Noticed[];
  readonly debian: readonly DebianPackage[];
}

/**
 * Call it after the build.
 *
 * @throws {Error} when a notice is missing, or the crates are of another Deno.
 */
export async function findComponents(arch: Arch): Promise<Components> {
  const { deno: version } = Deno.version;
  const license = new URL("./deno/license.txt", import.meta.url);
  return {
    deno: {
      name: "deno",
      version,
      purl: `pkg:github/denoland/deno@v${version}`,
      license: "MIT",
      notice: await Deno.readTextFile(license),
    },
    crates: await readCrates(version),
    npm: await findNpmPackages(),
    debian: await findDebianPackages(arch),
  };
}

/** The components of a binary for its bill of materials, Deno first. */
export function listComponents(all: Components): readonly Component[] {
  return [all.deno, ...all.crates, ...all.npm, ...all.debian];
}

/** The file for binaries that differ in their Debian packages only. */
export async function renderNotices(
  binaries: readonly Components[],
): Promise<string> {
  const [{ deno, npm }] = binaries as [Components];
  const debian = binaries.flatMap((one) => one.debian);
  return [
    HEAD,
    renderSections([deno]),
    renderTitle(`Crates of deno ${deno.version}`),
    CRATES,
    await Deno.readTextFile(NOTICES),
    renderSections(npm),
    renderSections(debian),
    await renderLgpl(debian),
  ].join("\n");
}

const HEAD =
  `cloudtaser-wrapper is licensed under Apache-2.0. It contains the software below.
Where a license offers a choice, the permissive one applies.
`;
const CRATES =
  `The source of each crate, those under MPL-2.0 too, is the package of its name and
version in the registry of the Rust language.
`;
const LINE = "=".repeat(79);

function renderTitle(title: string): string {
  return `${LINE}\n${title}\n${LINE}\n`;
}

/** A notice that several components have stands once, below their names. */
function renderSections(components: readonly Noticed[]): string {
  const names = new Map<string, Set<string>>();
  for (const { name, version, notice } of components) {
    const text = notice.trim();
    names.set(text, (names.get(text) ?? new Set()).add(`${name} ${version}`));
  }
  return [...names].map(([notice, all]) =>
    `${renderTitle([...all].sort().join("\n"))}\n${notice}\n`
  ).join("\n");
}

const USAGE =
  "deno run -A tools/release/notices.ts [--arch=x86_64|aarch64] PATH";

async function main(): Promise<void> {
  const { values, positionals: [path] } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: { arch: { type: "string", default: HOST } },
  });
  if (path === undefined) throw new Error(`no file to write; usage: ${USAGE}`);
  const components = await findComponents(parseArch(values.arch));
  await Deno.writeTextFile(path, await renderNotices([components]));
}

if (import.meta.main) await runMain("notices", main, USAGE);
