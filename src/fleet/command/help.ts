/** `status --help`. */

/** One screen. */
export const STATUS_HELP =
  `cloudtaser-wrapper status - shows the protection score of a cluster's wrappers

  cloudtaser-wrapper status [POD…] [-n NAMESPACE | -A] [FLAGS]

  -n, --namespace NAMESPACE   instead of the context's namespace
  -A, --all-namespaces        all namespaces
  -o, --output FORMAT         text, wide, json, or html: a report for auditors
  -w, --watch                 repeat every 5 seconds, until ^C
      --min SCORE             exit 1 if a score is below SCORE (0 to 105;
                              default: each wrapper's own)
      --context NAME          kubeconfig context; default: the current one
      --kubeconfig FILE       default: KUBECONFIG, or else ~/.kube/config
      --url URL               one wrapper directly: http://10.0.0.7:8199
      --pid PID               one wrapper on this node, by a process of its pod
      --policy                pods that the policy would refuse today, in -n or
                              every namespace with cloudtaser.io/inject=enabled

Queries wrappers through the API server's pod proxy, which requires the rights
to list pods and to get pods/proxy. Queries each POD that you name, or else pods
with the annotation cloudtaser.io/status-port, a container port 8199 or named
cloudtaser, CLOUDTASER_… settings, or cloudtaser-wrapper as their command.

Exit status: 0 all reach the minimum, 1 one is below, 2 unknown, 64 usage
With --policy: 0 nothing would be refused, 1 findings, 2 unknown, 64 usage
`;
