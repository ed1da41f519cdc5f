/**
 * Reads and checks certificates and keys that settings name, and decides which
 * authorities this process trusts.
 */
import { ConfigError } from "@/base/errors.ts";
import { FileRefusal, readRegularText } from "@/base/regular_file.ts";
import { showPath } from "@/base/text.ts";
import {
  readSetting,
  refuseContent,
} from "@/fetcher/vault/files/setting_file.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";

/** PEM texts for TLS. */
export interface TlsFiles {
  /** The only authorities to trust; empty: the built-in public ones. */
  readonly caCerts: readonly string[];
  readonly identity:
    | { readonly cert: string; readonly key: string }
    | undefined;
}

const MAX_FOLDER_BYTES = 16 * 1024 * 1024;
const CERTIFICATE = "-----BEGIN CERTIFICATE-----";

/**
 * Reads the files, and makes a configured authority the only trusted one.
 *
 * @throws ConfigError naming the setting of an unusable file
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
      `VAULT_CACERT names ${
        showPath(file)
      }, which contains no certificate: use a PEM file`,
    );
  }
  return { file, texts: [text] };
}

function readAuthorityFolder(folder: string): Authorities {
  refuseContent("VAULT_CAPATH", folder);
  const found: { file: string; text: string }[] = [];
  let left = MAX_FOLDER_BYTES;
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      const file = `${folder}/${name}`;
      // Volumes of Kubernetes contain links to directories beside the files.
      if (!Deno.statSync(file).isFile) continue;
      const text = readRegularText(file, left);
      left -= text.length;
      if (text.includes(CERTIFICATE)) found.push({ file, text });
    }
  } catch (error) {
    if (error instanceof FileRefusal) {
      throw new ConfigError(
        `VAULT_CAPATH names ${
          showPath(folder)
        }, whose files are larger than 16 MiB: use a directory of PEM files`,
      );
    }
    throw new ConfigError(
      `VAULT_CAPATH names ${
        showPath(folder)
      }, which cannot be read: use a directory of PEM files`,
      { cause: error },
    );
  }
  const [first] = found;
  if (first === undefined) {
    throw new ConfigError(
      `VAULT_CAPATH names ${
        showPath(folder)
      }, which contains no certificate: use a directory of PEM files`,
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
      `VAULT_CLIENT_CERT names ${
        showPath(clientCert)
      }, which contains no certificate: use a PEM file`,
    );
  }
  if (!/-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/.test(key)) {
    throw new ConfigError(
      `VAULT_CLIENT_KEY names ${
        showPath(clientKey)
      }, which contains no private key, or one with a passphrase: use a PEM file without passphrase`,
    );
  }
  return { cert, key };
}

/**
 * Deno's `caCerts` adds to the default store, so restrict the default store to
 * this file. Deno reads these variables at the first TLS use of the process; the
 * file must contain a certificate, or Deno refuses to start TLS.
 */
function trustOnly(file: string): void {
  Deno.env.set("DENO_TLS_CA_STORE", "system");
  Deno.env.set("SSL_CERT_FILE", file);
  Deno.env.set("SSL_CERT_DIR", "/nonexistent");
}
