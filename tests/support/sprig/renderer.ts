/** Renders templates with Go's text/template and sprig, which bank-vaults uses: main.go. */
import { cacheDirectory, makeOnce } from "../../../tools/cache.ts";
import { findGo } from "../../../tools/cluster/go.ts";
import { run } from "../../../tools/run.ts";

const SOURCE = new URL(".", import.meta.url).pathname;

/** What Go made of a template: bytes, or an error. */
export interface GoAnswer {
  /** Bytes, one character each. */
  readonly text: string;
  readonly error: string | undefined;
}

/**
 * Renders all templates with the same data.
 *
 * @param templates bytes, one character each
 * @param data JSON of an object
 */
export async function renderWithSprig(
  templates: readonly string[],
  data: string,
): Promise<GoAnswer[]> {
  const lines = templates.map((template) =>
    `{"Template":"${btoa(template)}","Data":${data}}\n`
  );
  const answers = await run(await build(), [], { input: lines.join("") });
  return answers.trim().split("\n").map((line) => {
    const { text, error } = JSON.parse(line);
    return { text: atob(text ?? ""), error };
  });
}

/** Its path. The folder's name has the source, so that a change builds again. */
async function build(): Promise<string> {
  const files = ["main.go", "go.mod", "go.sum"];
  const texts = files.map((name) => Deno.readFileSync(SOURCE + name));
  const source = new Uint8Array(await new Blob(texts).arrayBuffer());
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", source));
  const cache = await cacheDirectory("sprig");
  const folder = `${cache}/${hash.toHex().slice(0, 16)}`;
  await makeOnce(folder, "building sprig", async (target) => {
    const args = ["build", "-trimpath", "-buildvcs=false", "-o", target, "."];
    const env = { CGO_ENABLED: "0", GOFLAGS: "", GOTOOLCHAIN: "local" };
    await run(await findGo(), args, { cwd: SOURCE, env });
  });
  return `${folder}/sprig`;
}
