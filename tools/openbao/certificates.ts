/**
 * Certificates for OpenBao and for tests, as files in one directory: a valid
 * server, a valid client, and invalid ones, each with one fault.
 */
import { Authority, type Identity } from "../certificates.ts";

/** Paths of one certificate and its key. */
export interface IdentityFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Paths of everything that `makeCertificates` wrote. */
export interface Certificates {
  readonly dir: string;
  /** The authority that signed all others. */
  readonly caFile: string;
  /** An authority that signed none of the others. */
  readonly otherCaFile: string;
  /** For localhost, 127.0.0.1, and pods of tools/cluster. */
  readonly server: IdentityFiles;
  /** Like `server`, but expired. */
  readonly expired: IdentityFiles;
  /** Like `server`, but for vault.example.test only. */
  readonly wrongName: IdentityFiles;
  /** Common name `payments`. */
  readonly client: IdentityFiles;
}

/** The last one is the address of this host for pods of tools/cluster. */
const LOCAL = ["localhost", "127.0.0.1", "10.88.0.1"];

const authority = await Authority.create("cloudtaser test authority");
const other = await Authority.create("somebody else");
const server = { name: "CN=localhost", hosts: LOCAL };

/** Made once per process; `makeCertificates` only writes them. */
const IDENTITIES = {
  server: await authority.issue(server),
  expired: await authority.issue({ ...server, days: -1 }),
  wrongName: await authority.issue({
    name: "CN=vault.example.test",
    hosts: ["vault.example.test"],
  }),
  client: await authority.issue({ name: "CN=payments" }),
};

/** Writes the whole set into `dir`, which must exist. */
export function makeCertificates(dir: string): Certificates {
  const write = (name: keyof typeof IDENTITIES): IdentityFiles => {
    const { cert, key }: Identity = IDENTITIES[name];
    const certFile = `${dir}/${name}.pem`;
    const keyFile = `${dir}/${name}.key`;
    Deno.writeTextFileSync(certFile, cert);
    Deno.writeTextFileSync(keyFile, key, { mode: 0o600 });
    return { certFile, keyFile };
  };
  const caFile = `${dir}/ca.pem`;
  const otherCaFile = `${dir}/other_ca.pem`;
  Deno.writeTextFileSync(caFile, authority.identity.cert);
  Deno.writeTextFileSync(otherCaFile, other.identity.cert);
  return {
    dir,
    caFile,
    otherCaFile,
    server: write("server"),
    expired: write("expired"),
    wrongName: write("wrongName"),
    client: write("client"),
  };
}
