/**
 * Files that settings name. Errors name the setting and the problem, never the
 * content. Reads are synchronous: the first asynchronous read of a process waits
 * some milliseconds for a thread, with nothing else to do.
 */
import { ConfigError } from "@/base/errors.ts";
import { FileRefusal, readRegularText } from "@/base/regular_file.ts";
import { looksLikeCredential, showPath } from "@/base/text.ts";
import { reportOrigin } from "./file_origin.ts";

/** A token or JWT has a few kilobytes. */
const MAX_CREDENTIAL_BYTES = 64 * 1024;

/**
 * Reads a text file that `setting` names.
 *
 * @throws ConfigError when it cannot be read, is empty or too large
 */
export function readSetting(
  setting: string,
  file: string,
  limit?: number,
): string {
  const text = readText(setting, file, limit);
  if (text.trim() === "") {
    throw new ConfigError(
      `${setting} names ${
        showPath(file)
      }, which is empty; write the credential to it`,
    );
  }
  return text;
}

/** A token, JWT or id in a file, without surrounding white space, which editors add. */
export function readCredential(setting: string, file: string): string {
  return readSetting(setting, file, MAX_CREDENTIAL_BYTES).trim();
}

/**
 * For settings that name a file or folder, since errors quote its path.
 *
 * @throws ConfigError when the setting has the content instead
 */
export function refuseContent(setting: string, path: string): void {
  if (!looksLikeCredential(path)) return;
  throw new ConfigError(
    `${setting} looks like the content itself: set it to the path of a file that has it`,
  );
}

function readText(setting: string, file: string, limit?: number): string {
  refuseContent(setting, file);
  try {
    return readRegularText(file, limit, (opened) => reportOrigin(file, opened));
  } catch (error) {
    throw new ConfigError(
      `${setting} names ${showPath(file)}, which ${describe(error)}`,
      { cause: error },
    );
  }
}

function describe(error: unknown): string {
  if (error instanceof FileRefusal) return error.message;
  if (error instanceof Deno.errors.NotFound) {
    return "does not exist: mount it, or correct the setting";
  }
  if (
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable
  ) return "this user may not read: run as its owner or change its mode";
  return "cannot be read";
}
