/** Runs `policy` with files that are texts. */
import { ConfigError } from "../../../src/base/errors.ts";
import { runPolicy } from "../../../src/policy/command/policy.ts";

/** @param files by path; `-` is standard input */
export async function run(
  words: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await runPolicy(words, {
    read: (path) => {
      const text = files[path];
      return text === undefined
        ? Promise.reject(new ConfigError(`Cannot read ${path}`))
        : Promise.resolve(text);
    },
    write: (text) => Promise.resolve(void (out += text)),
    complain: (text) => Promise.resolve(void (err += text)),
  });
  return { code, out, err };
}
