/** `policy --help`. */

/** One screen. */
export const POLICY_HELP =
  `cloudtaser-wrapper policy - injection and policy by the API server, no webhook

  cloudtaser-wrapper policy explain [FLAGS] [FILE|-]   say what would happen to
                                              the pods of a manifest, and a diff
  cloudtaser-wrapper policy render [FLAGS]    print the policies, for kubectl
  cloudtaser-wrapper policy parameters        list a namespace's parameters

  -p, --parameters FILE   explain: file with the ConfigMap cloudtaser of the
                          namespace (default: the one in the manifest)
      --mode MODE         explain: instead of the parameter: audit, warn or deny
  -o, --output FORMAT     explain: text or json
      --half HALF         mutating (injection, Kubernetes 1.36), validating
                          (rules, 1.30), or both; explain: what the cluster has
      --anchor            render: the part to install first and never to remove

The policies act in namespaces with the label cloudtaser.io/inject=enabled.
explain needs no cluster. It reads Pods, what makes Pods (Deployment, Job,
CronJob and others), Lists, and YAML or JSON of several documents.

Exit status: 0 accepted, 1 a pod would be refused, 64 usage, 78 invalid input
`;
