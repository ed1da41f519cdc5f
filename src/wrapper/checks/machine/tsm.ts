/**
 * Attestation reports from configfs-tsm, the interface for all vendors (Linux 6.7,
 * Documentation/ABI/testing/configfs-tsm): each folder is a request.
 */

/** Files in the folder of requests. Tests replace it. */
export interface TsmFiles {
  make(name: string): Promise<void>;
  write(name: string, file: string, bytes: Uint8Array): Promise<void>;
  read(name: string, file: string): Promise<Uint8Array<ArrayBuffer>>;
  remove(name: string): Promise<void>;
}

/** The kernel's answer. */
export interface TsmReport {
  /** sev_guest, tdx_guest or arm_cca_guest. */
  readonly provider: string;
  readonly report: Uint8Array<ArrayBuffer>;
  /** The host's certificate table, of sev_guest only; undefined: there is none. */
  readonly certificates?: Uint8Array<ArrayBuffer>;
}

const ROOT = "/sys/kernel/config/tsm/report";

/**
 * Requests a report with this nonce, and removes the request.
 *
 * @throws Deno.errors.* if the interface is missing or not permitted. Error if
 * another process wrote to the request meanwhile.
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
    const certificates = provider === "sev_guest"
      ? await readCertificates(files, name)
      : undefined;
    // Counts writes: after a second write the report may not be for our nonce.
    const generation = decode(await files.read(name, "generation"));
    if (generation !== "1") throw new Error("another process used the request");
    return { provider, report, ...(certificates && { certificates }) };
  } finally {
    await files.remove(name);
  }
}

/** A report counts without certificates too, so a host that gives none is not an error. */
async function readCertificates(files: TsmFiles, name: string) {
  try {
    return await files.read(name, "auxblob");
  } catch {
    return undefined;
  }
}

/** The real files. */
export function openTsmFiles(): TsmFiles {
  const path = (name: string, file: string) => `${ROOT}/${name}/${file}`;
  return {
    make: (name) => Deno.mkdir(`${ROOT}/${name}`),
    write: async (name, file, bytes) => {
      // Attributes need one write, without create or truncate.
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
