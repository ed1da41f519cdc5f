/**
 * Every certificate that the tests need, as files in one directory: a good
 * server, a good client, and the bad ones, each bad in one way only.
 */
import { Authority, type Identity } from "../../tools/devvault/x509.ts";

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

/** Writes the whole set into `dir`, which must exist. */
export function makeCertificates(dir: string): Certificates {
  const authority = new Authority("cloudtaser test authority");
  const write = (name: string, identity: Identity): IdentityFiles => {
    const certFile = `${dir}/${name}.pem`;
    const keyFile = `${dir}/${name}.key`;
    Deno.writeTextFileSync(certFile, identity.cert);
    Deno.writeTextFileSync(keyFile, identity.key, { mode: 0o600 });
    return { certFile, keyFile };
  };
  const caFile = `${dir}/ca.pem`;
  const otherCaFile = `${dir}/other_ca.pem`;
  Deno.writeTextFileSync(caFile, authority.cert);
  Deno.writeTextFileSync(otherCaFile, new Authority("somebody else").cert);
  const server = { commonName: "localhost", names: LOCAL };
  return {
    dir,
    caFile,
    otherCaFile,
    server: write("server", authority.issue(server)),
    expired: write("expired", authority.issue({ ...server, days: -1 })),
    wrongName: write(
      "wrong_name",
      authority.issue({
        commonName: "vault.example.test",
        names: ["vault.example.test"],
      }),
    ),
    client: write("client", authority.issue({ commonName: "payments" })),
  };
}
