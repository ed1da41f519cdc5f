/** The bill of materials of the binary, as CycloneDX 1.6 in JSON. */
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import type { Component } from "./component.ts";

/** What the bill is of. */
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
    hashes: new Models.HashDictionary([
      [Enums.HashAlgorithm["SHA-256"], sha256],
    ]),
    licenses: licensesOf(license),
  });
  bom.metadata.timestamp = date;
  bom.metadata.component = subject;
  for (const component of components) {
    const part = new Models.Component(
      Enums.ComponentType.Library,
      component.name,
      {
        version: component.version,
        bomRef: component.purl,
        purl: component.purl,
        licenses: licensesOf(component.license),
      },
    );
    bom.components.add(part);
    subject.dependencies.add(part.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function licensesOf(id: string | undefined): Models.LicenseRepository {
  return new Models.LicenseRepository(
    id === undefined ? [] : [new Models.SpdxLicense(id)],
  );
}
