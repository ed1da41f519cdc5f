/** Files that settings name. Errors name the setting and the errno, never the content. */
import { ConfigError } from "@/base/mod.ts";

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads a text file that `setting` names.
 *
 * @throws ConfigError when it cannot be read, is empty or is far too large
 */
export async function readSetting(
  setting: string,
  file: string,
): Promise<string> {
  const text = await readText(setting, file);
  if (text.trim() === "") {
    throw new ConfigError(`${setting} names ${file}, which is empty`);
  }
  return text;
}

/** A token, JWT or ID in a file: surrounding white space, which editors add, is not part of it. */
export async function readCredential(
  setting: string,
  file: string,
): Promise<string> {
  return (await readSetting(setting, file)).trim();
}

async function readText(setting: string, file: string): Promise<string> {
  try {
    const { size } = await Deno.stat(file);
    if (size <= MAX_BYTES) return await Deno.readTextFile(file);
  } catch (error) {
    throw new ConfigError(
      `${setting} names ${file}, which ${describe(error)}`,
      { cause: error },
    );
  }
  throw new ConfigError(`${setting} names ${file}, which is larger than 4 MiB`);
}

function describe(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "does not exist: mount it, or correct the setting";
  }
  if (
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable
  ) return "may not be read by this user: see its owner and mode";
  if (error instanceof Deno.errors.IsADirectory) return "is a folder";
  return "cannot be read";
}
