/** The specification of the score. */
export const SPECIFICATION = Deno.readTextFileSync(
  new URL("../testdata/specification/protection-score.txt", import.meta.url),
);

/** Its example of a status. */
export const STATUS = `\
Pod: my-app-7d8f9c6b4-xk2mn
Namespace: production
Node: gke-prod-pool-a1b2c3d4
Protection Score: 75/75
memfd_secret OK 15/15 Kernel 5.15.0 supports memfd_secret
mlock OK 10/10 CAP_IPC_LOCK granted, pages locked
madv_dontdump OK 10/10 Core dump exclusion active
pr_set_dumpable OK 10/10 Process non-dumpable
token_protected OK 10/10 Vault token in memfd_secret
ebpf_connected OK 10/10 Agent pod cloudtaser-ebpf-4f7a on same node
kprobes_active OK 10/10 Synchronous blocking enabled
Enforcement: 23 vectors active (kprobe override)
eBPF Agent: cloudtaser-ebpf-4f7a (Running, 14h uptime)
Vault: vault.eu-central.example.com:8200 (connected, lease TTL 3540s)
`;
