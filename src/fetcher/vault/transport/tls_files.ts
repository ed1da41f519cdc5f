/**
 * Certificates and keys that settings name, read and looked at; and the one
 * place that decides which authorities this process trusts.
 */
import { ConfigError } from "@/base/errors.ts";
import { FileRefusal, readRegularText } from "@/base/regular_file.ts";
import { readSetting } from "@/fetcher/vault/files/setting_file.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";

/** Texts of the files that TLS is set up with. */
export interface TlsFiles {
  /** PEM texts of the only authorities to trust; empty: the built-in public ones. */
  readonly caCerts: readonly string[];
  readonly identity:
    | { readonly cert: string; readonly key: string }
    | undefined;
}

const MAX_FOLDER_BYTES = 16 * 1024 * 1024;
const CERTIFICATE = "-----BEGIN CERTIFICATE-----";

/**
 * Reads the files, and makes a private authority the only one that is trusted.
 *
 * @throws ConfigError naming the setting of the file that cannot be used
 */
export function readTlsFiles(settings: VaultSettings): TlsFiles {
  const authority = readAuthorities(settings);
  const identity = readIdentity(settings);
  if (authority !== undefined) trustOnly(authority.file);
  return { caCerts: authority?.texts ?? [], identity };
}

interface Authorities {
  readonly file: string;
  readonly texts: readonly string[];
}

function readAuthorities(
  { caCert, caPath }: VaultSettings,
): Authorities | undefined {
  if (caCert !== undefined) return readAuthorityFile(caCert);
  return caPath === undefined ? undefined : readAuthorityFolder(caPath);
}

function readAuthorityFile(file: string): Authorities {
  const text = readSetting("VAULT_CACERT", file);
  if (!text.includes(CERTIFICATE)) {
    throw new ConfigError(
      `VAULT_CACERT names ${file}, which holds no certificate: give a PEM file`,
    );
  }
  return { file, texts: [text] };
}

function readAuthorityFolder(folder: string): Authorities {
  const found: { file: string; text: string }[] = [];
  let left = MAX_FOLDER_BYTES;
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      const file = `${folder}/${name}`;
      // Kubernetes' mounted folders hold links to folders beside the files.
      if (!Deno.statSync(file).isFile) continue;
      const text = readRegularText(file, left);
      left -= text.length;
      if (text.includes(CERTIFICATE)) found.push({ file, text });
    }
  } catch (error) {
    if (error instanceof FileRefusal) {
      throw new ConfigError(
        `VAULT_CAPATH names ${folder}, whose files are larger than 16 MiB: give a folder of PEM files`,
      );
    }
    throw new ConfigError(
      `VAULT_CAPATH names ${folder}, which cannot be read: give a folder of PEM files`,
      { cause: error },
    );
  }
  const [first] = found;
  if (first === undefined) {
    throw new ConfigError(
      `VAULT_CAPATH names ${folder}, which holds no certificate: give a folder of PEM files`,
    );
  }
  return { file: first.file, texts: found.map(({ text }) => text) };
}

function readIdentity(
  { clientCert, clientKey }: VaultSettings,
): TlsFiles["identity"] {
  if (clientCert === undefined || clientKey === undefined) return undefined;
  const cert = readSetting("VAULT_CLIENT_CERT", clientCert);
  const key = readSetting("VAULT_CLIENT_KEY", clientKey);
  if (!cert.includes(CERTIFICATE)) {
    throw new ConfigError(
      `VAULT_CLIENT_CERT names ${clientCert}, which holds no certificate: give a PEM file`,
    );
  }
  if (!/-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/.test(key)) {
    throw new ConfigError(
      `VAULT_CLIENT_KEY names ${clientKey}, which holds no private key without a passphrase: give a PEM file`,
    );
  }
  return { cert, key };
}

/**
 * Deno's `caCerts` only adds to the default store, so the default store is
 * made to hold nothing else. Deno reads these at the first TLS use of the
 * process; the file must hold a certificate, or Deno refuses to start TLS.
 */
function trustOnly(file: string): void {
  Deno.env.set("DENO_TLS_CA_STORE", "system");
  Deno.env.set("SSL_CERT_FILE", file);
  Deno.env.set("SSL_CERT_DIR", "/nonexistent");
}
