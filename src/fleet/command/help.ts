/** `status --help`. */

/** One screen. */
export const STATUS_HELP =
  `cloudtaser-wrapper status - how well the wrappers of a cluster protect

  cloudtaser-wrapper status [POD…] [-n NAMESPACE | -A] [FLAGS]

  -n, --namespace NAMESPACE   not the context's own
  -A, --all-namespaces        every namespace
  -o, --output FORMAT         text, wide, json, or html: a page for auditors
  -w, --watch                 again every 5 seconds, until ^C
      --min SCORE             0 to 105; without it every wrapper's own minimum
      --context NAME          of the kubeconfig, not its current one
      --kubeconfig FILE       not KUBECONFIG, nor ~/.kube/config
      --url URL               one wrapper directly: http://10.0.0.7:8199
      --pid PID               one wrapper of this node, by a process of its pod

Wrappers are asked through the API server's pod proxy: that needs the rights to
list pods and to get pods/proxy. Asked is who has the annotation
cloudtaser.io/status-port, a container port named cloudtaser or 8199, settings
CLOUDTASER_…, or cloudtaser-wrapper as its command; and each POD that is named.

Exit status: 0 all at or above the minimum, 1 one is below, 2 it cannot be told
`;
