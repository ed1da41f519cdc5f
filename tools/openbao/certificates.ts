/**
 * Every certificate that the tests need, as files in one directory: a good
 * server, a good client, and the bad ones, each bad in one way only.
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
  /** The authority that signed all of the others. */
  readonly caFile: string;
  /** An authority that signed none of them. */
  readonly otherCaFile: string;
  /** For localhost, 127.0.0.1, and pods of tools/cluster. */
  readonly server: IdentityFiles;
  /** Like `server`, and its time is over. */
  readonly expired: IdentityFiles;
  /** Like `server`, for vault.example.test only. */
  readonly wrongName: IdentityFiles;
  /** Common name `payments`. */
  readonly client: IdentityFiles;
}

/** The last one is this machine's address as pods of tools/cluster see it. */
const LOCAL = ["localhost", "127.0.0.1", "10.88.0.1"];

const authority = await Authority.create("cloudtaser test authority");
const other = await Authority.create("somebody else");
const server = { name: "CN=localhost", hosts: LOCAL };

/** Made once in a process; `makeCertificates` only writes them. */
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
