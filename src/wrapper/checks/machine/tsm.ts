/**
 * Attestation reports by configfs-tsm, which is the same for all vendors
 * (Linux 6.7, Documentation/ABI/testing/configfs-tsm): a folder is a request.
 */

/** Files under the folder of requests, so that a test can stand in for a kernel. */
export interface TsmFiles {
  make(name: string): Promise<void>;
  write(name: string, file: string, bytes: Uint8Array): Promise<void>;
  read(name: string, file: string): Promise<Uint8Array>;
  remove(name: string): Promise<void>;
}

/** What the kernel answered. */
export interface TsmReport {
  /** sev_guest, tdx_guest or arm_cca_guest. */
  readonly provider: string;
  readonly report: Uint8Array;
}

const ROOT = "/sys/kernel/config/tsm/report";

/**
 * Asks for a report with this nonce; leaves nothing behind.
 *
 * @throws Deno.errors.* when there is no such interface, or not for us. Error
 * when somebody else has used the request meanwhile.
 */
export async function fetchReport(
  files: TsmFiles,
  nonce: Uint8Array,
): Promise<TsmReport> {
  const name = `cloudtaser-${crypto.randomUUID()}`;
  await files.make(name);
  try {
    await files.write(name, "inblob", nonce);
    const report = await files.read(name, "outblob");
    const provider = decode(await files.read(name, "provider"));
    // Counts what is written: another writer's report could be ours no more.
    const generation = decode(await files.read(name, "generation"));
    if (generation !== "1") throw new Error("somebody else uses the request");
    return { provider, report };
  } finally {
    await files.remove(name);
  }
}

/** The kernel's own. */
export function openTsmFiles(): TsmFiles {
  const path = (name: string, file: string) => `${ROOT}/${name}/${file}`;
  return {
    make: (name) => Deno.mkdir(`${ROOT}/${name}`),
    write: async (name, file, bytes) => {
      // One write, and nothing is made or cut: these are attributes.
      using opened = await Deno.open(path(name, file), { write: true });
      await opened.write(bytes);
    },
    read: (name, file) => Deno.readFile(path(name, file)),
    remove: (name) => Deno.remove(`${ROOT}/${name}`),
  };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}
