/** The bill of materials of the binary, as CycloneDX 1.6 in JSON. */
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";

/** A third-party component of the binary. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** Package URL, https://github.com/package-url/purl-spec. */
  readonly purl: string;
  /** SPDX expression; undefined where only the notice names it. */
  readonly license?: string;
  /** Of the package's file, hexadecimal, where a lock file has it. */
  readonly sha256?: string;
}

/** The binary that the bill describes. */
export interface Subject {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Of the binary, hexadecimal. */
  readonly sha256: string;
  readonly date: Date;
}

/** The text of the file. The same for the same arguments: it has no serial number. */
export function renderSbom(
  { name, version, license, sha256, date }: Subject,
  components: readonly Component[],
): string {
  const bom = new Models.Bom();
  const subject = new Models.Component(Enums.ComponentType.Application, name, {
    version,
    bomRef: name,
    purl: `pkg:generic/${name}@${version}`,
    hashes: hashesOf(sha256),
    licenses: licensesOf(license),
  });
  bom.metadata.timestamp = date;
  bom.metadata.component = subject;
  for (const { name, version, purl, license, sha256 } of components) {
    const part = new Models.Component(Enums.ComponentType.Library, name, {
      version,
      bomRef: purl,
      purl,
      hashes: hashesOf(sha256),
      licenses: licensesOf(license),
    });
    bom.components.add(part);
    subject.dependencies.add(part.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function hashesOf(sha256: string | undefined): Models.HashDictionary {
  return new Models.HashDictionary(
    sha256 === undefined ? [] : [[Enums.HashAlgorithm["SHA-256"], sha256]],
  );
}

function licensesOf(license: string | undefined): Models.LicenseRepository {
  if (license === undefined) return new Models.LicenseRepository();
  const one = / (?:OR|AND|WITH) /.test(license)
    ? new Models.LicenseExpression(license)
    : new Models.SpdxLicense(license);
  return new Models.LicenseRepository([one]);
}
