/**
 * A reader's shell, in which the commands of pages run as they stand there. A
 * test gets a page's commands only by running them, and
 * tests/docs/commands_test.ts finds the blocks that no test runs by these calls:
 *
 *   await shell.run("docs/INSTALL.md", "sha256sum --check");
 */
import { type Ran, tryRun } from "../../../tools/run.ts";
import { TemporaryFolder } from "../../../tools/temporary_folder.ts";
import { findBlock, linesToRun, ROOT } from "./blocks.ts";

/** Where and with what. */
export interface ShellOptions {
  /** The repository by default. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Programs that PATH does not have: name → path, or the lines of a script. */
  readonly programs?: Readonly<Record<string, string>>;
}

/** How a block is run. */
export interface BlockOptions {
  /** What the reader writes instead of the page's examples: `NS`, a name, an address. */
  readonly values?: Readonly<Record<string, string>>;
  /** Lines that end with another status than 0. */
  readonly codes?: Readonly<Record<string, number>>;
}

/** It keeps exported variables from block to block; `await using` removes its files. */
export class PageShell implements AsyncDisposable {
  readonly #options: ShellOptions;
  readonly #folder: TemporaryFolder;

  private constructor(options: ShellOptions, folder: TemporaryFolder) {
    this.#options = options;
    this.#folder = folder;
  }

  static async open(options: ShellOptions = {}): Promise<PageShell> {
    const folder = await TemporaryFolder.make("page");
    for (const [name, program] of Object.entries(options.programs ?? {})) {
      const path = `${folder.path}/${name}`;
      if (program.startsWith("/")) await Deno.symlink(program, path);
      else await Deno.writeTextFile(path, program, { mode: 0o755 });
    }
    await Deno.writeTextFile(`${folder.path}/.exported`, "");
    return new PageShell(options, folder);
  }

  /**
   * Runs the block of the page that begins with `start`.
   *
   * @returns what it printed on both streams
   * @throws {Error} with that when a command fails
   */
  async run(
    page: string,
    start: string,
    options: BlockOptions = {},
  ): Promise<string> {
    const { code, stdout, stderr } = await this.try(page, start, options);
    if (code === 0) return stdout + stderr;
    throw new Error(`${page}: "${start}" (${code})\n${stdout}${stderr}`);
  }

  /** The same, whatever the status. */
  async try(
    page: string,
    start: string,
    options: BlockOptions = {},
  ): Promise<Ran> {
    const { values = {}, codes = {} } = options;
    const lines = linesToRun(findBlock(page, start));
    for (const key of Object.keys(values)) {
      if (!lines.join("\n").includes(key)) throw unused(key);
    }
    for (const key of Object.keys(codes)) {
      if (!lines.some((line) => line.startsWith(key))) throw unused(key);
    }
    const exported = `${this.#folder.path}/.exported`;
    const script = [
      "set -euo pipefail",
      `. ${exported}`,
      // What runs in the background ends with the block.
      "trap 'for _job in $(jobs -p); do kill $_job || true; done' EXIT",
      ...lines.map((line) => expect(fill(line, values), line, codes)),
      `export -p > ${exported}`,
    ];
    const { cwd = ROOT, env = {} } = this.#options;
    const PATH = `${this.#folder.path}:${env.PATH ?? Deno.env.get("PATH")}`;
    const words = ["-c", script.join("\n")];
    // Deno colours what it prints into a pipe too.
    const plain = { NO_COLOR: "1", ...env, PATH };
    return await tryRun("bash", words, { cwd, env: plain });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** The line with the reader's values. The program stays the page's. */
function fill(
  line: string,
  values: Readonly<Record<string, string>>,
): string {
  let filled = line;
  const [program = ""] = line.trim().split(" ");
  for (const [from, to] of Object.entries(values)) {
    filled = filled.replaceAll(from, to);
  }
  if (/^[\w./-]+$/.test(program) && !filled.includes(program)) {
    throw new Error(`"${line}" would not run ${program}`);
  }
  return filled;
}

/** The filled line, which must end with the status that is expected for the page's line. */
function expect(
  filled: string,
  line: string,
  codes: Readonly<Record<string, number>>,
): string {
  const [, code] = Object.entries(codes)
    .find(([start]) => line.startsWith(start)) ?? [];
  if (code === undefined) return filled;
  const command = filled.replace(/ +# .*$/, "");
  return `_code=0; ${command} || _code=$?; [ $_code = ${code} ]`;
}

function unused(what: string): Error {
  return new Error(`the block has no "${what}"`);
}
