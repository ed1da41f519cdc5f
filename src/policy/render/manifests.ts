/** The policies as YAML. */
import { dump } from "js-yaml";
import type { Manifest } from "./objects.ts";
import { mutatingPolicies, validatingPolicies } from "./policies.ts";

/** Which half: a cluster before Kubernetes 1.36 has no mutating policies. */
export type Half = "mutating" | "validating" | "both";

/** A stream of documents. */
export function renderPolicies(half: Half): string {
  return [
    ...half === "validating" ? [] : mutatingPolicies(),
    ...half === "mutating" ? [] : validatingPolicies(),
  ].map(renderManifest).join("---\n");
}

/** One document. Expressions are folded at blanks, which CEL does not count. */
function renderManifest(manifest: Manifest): string {
  return dump(manifest, { lineWidth: 110, noRefs: true });
}
