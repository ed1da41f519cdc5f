/** The policies as YAML. */
import { dump } from "js-yaml";
import { mutatingAnchor, validatingAnchor } from "./anchor.ts";
import type { Manifest } from "./objects.ts";
import { mutatingPolicies, validatingPolicies } from "./policies.ts";

/** Which half: a cluster before Kubernetes 1.36 has no mutating policies. */
export type Half = "mutating" | "validating" | "both";

/** A stream of documents. */
export function renderPolicies(half: Half): string {
  return renderHalf(half, mutatingPolicies, validatingPolicies);
}

/** What stays when the policies are removed. */
export function renderAnchor(half: Half): string {
  return renderHalf(half, mutatingAnchor, validatingAnchor);
}

function renderHalf(
  half: Half,
  mutating: () => Manifest[],
  validating: () => Manifest[],
): string {
  return [
    ...half === "validating" ? [] : mutating(),
    ...half === "mutating" ? [] : validating(),
  ].map(renderManifest).join("---\n");
}

/** One document. Expressions are folded at blanks, which CEL does not count. */
function renderManifest(manifest: Manifest): string {
  return dump(manifest, { lineWidth: 110, noRefs: true });
}
