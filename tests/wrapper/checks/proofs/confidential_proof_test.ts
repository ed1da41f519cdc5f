/** confidential_computing on fake machines: device, processor and report must match. */
import assert from "node:assert/strict";
import { proveAll } from "@/wrapper/checks/prove.ts";
import { fetchReport, type TsmFiles } from "@/wrapper/checks/machine/tsm.ts";
import { ccaToken, snpReport, tdxQuote } from "../attestation/layouts.ts";
import { certificateTable } from "../attestation/chain/samples.ts";
import { makeHost, makeKernel, makeSubject } from "../fake_machine.ts";

const AMD = "vendor_id\t: AuthenticAMD\nflags\t\t: fpu hypervisor lm\n";
const INTEL =
  "vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor tdx_guest\n";
const ARM = "CPU implementer\t: 0x41\n";

const MACHINES = [
  ["AMD SEV-SNP", "/sys/class/misc/sev-guest", AMD, "sev_guest", snpReport],
  ["Intel TDX", "/sys/class/misc/tdx_guest", INTEL, "tdx_guest", tdxQuote],
  [
    "Arm CCA",
    "/sys/devices/platform/arm-cca-dev",
    ARM,
    "arm_cca_guest",
    ccaToken,
  ],
] as const;

type MakeReport = (nonce: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

/** configfs-tsm with one provider; `calls` records the operations. */
function makeTsm(
  provider: string,
  make: MakeReport,
  changes: Partial<TsmFiles> & { readonly generation?: string } = {},
) {
  const calls: string[] = [];
  let nonce = new Uint8Array();
  const { generation = "1", ...others } = changes;
  const encoder = new TextEncoder();
  const tsm: TsmFiles = {
    make: (name) =>
      Promise.resolve(void calls.push(`make ${name.slice(0, 10)}`)),
    write: (_, file, bytes) => {
      calls.push(`write ${file} ${bytes.length}`);
      nonce = new Uint8Array(bytes);
      return Promise.resolve();
    },
    read: (_, file) => {
      calls.push(`read ${file}`);
      if (file === "outblob") return Promise.resolve(make(nonce));
      if (file === "auxblob") return Promise.resolve(new Uint8Array());
      const text = file === "provider" ? provider : generation;
      return Promise.resolve(encoder.encode(`${text}\n`));
    },
    remove: (name) =>
      Promise.resolve(void calls.push(`remove ${name.slice(0, 10)}`)),
    ...others,
  };
  return { tsm, calls };
}

async function prove(
  files: Record<string, string>,
  tsm?: TsmFiles,
  requireChain = false,
) {
  const host = { ...makeHost(files), ...(tsm && { tsm }) };
  const prove = async () =>
    (await proveAll(makeSubject({ requireChain }), {
      host,
      kernel: makeKernel(),
      checks: ["confidential_computing"],
    }))[0];
  const evidence = await prove();
  assert.ok(evidence);
  return { ...evidence, again: prove };
}

for (const [kind, device, cpu, provider, make] of MACHINES) {
  const files = { [device]: "", "/proc/cpuinfo": cpu };

  Deno.test(`${kind}: a report for a fresh nonce is a pass`, async () => {
    const { tsm, calls } = makeTsm(provider, make);
    const { state, detail, reason } = await prove(files, tsm);
    assert.equal(state, "in_force", reason);
    assert.match(
      detail,
      new RegExp(
        `^${kind} guest, .*, our nonce, signature chain not verified: `,
      ),
    );
    assert.deepEqual(calls, [
      "make cloudtaser",
      "write inblob 64",
      "read outblob",
      "read provider",
      ...provider === "sev_guest" ? ["read auxblob"] : [],
      "read generation",
      "remove cloudtaser",
    ]);
  });

  Deno.test(`${kind}: another nonce, provider or processor, or garbage is not a pass`, async () => {
    const old = make(new Uint8Array(64).fill(5));
    const stale = await prove(files, makeTsm(provider, () => old).tsm);
    assert.deepEqual([stale.state, stale.reason], [
      "absent",
      `${kind}: the report has a different nonce`,
    ]);
    const foreign = await prove(files, makeTsm("other_guest", make).tsm);
    assert.match(foreign.reason, /but the report is from other_guest/);
    const elsewhere = { ...files, "/proc/cpuinfo": "flags\t: fpu\n" };
    const odd = await prove(elsewhere, makeTsm(provider, make).tsm);
    assert.deepEqual([odd.state, odd.reason], [
      "absent",
      `${kind} device, but the processor does not match`,
    ]);
    const garbage = await prove(
      files,
      makeTsm(provider, () => new Uint8Array(3000)).tsm,
    );
    assert.equal(garbage.state, "unknown");
  });
}

Deno.test("a guest that the host can debug is not confidential", async () => {
  const debug: MakeReport = (nonce) =>
    snpReport(nonce, { policy: 0x30000n | 1n << 19n });
  const files = { "/dev/sev-guest": "", "/proc/cpuinfo": AMD };
  const { state, reason } = await prove(files, makeTsm("sev_guest", debug).tsm);
  assert.deepEqual([state, reason], [
    "absent",
    "AMD SEV-SNP guest that the host can debug",
  ]);
});

Deno.test("a report of an unknown version is unknown, with a reason", async () => {
  const files = { "/dev/sev-guest": "", "/proc/cpuinfo": AMD };
  const newer: MakeReport = (nonce) => snpReport(nonce, { version: 6n });
  const { state, reason } = await prove(files, makeTsm("sev_guest", newer).tsm);
  assert.deepEqual([state, reason], [
    "unknown",
    "AMD SEV-SNP guest, but its report cannot be parsed",
  ]);
});

Deno.test("no report is requested on an ordinary machine", async () => {
  const { tsm, calls } = makeTsm("sev_guest", snpReport);
  const { state, reason } = await prove({
    "/proc/cpuinfo": AMD,
    "/dev/null": "",
  }, tsm);
  assert.deepEqual([state, reason], ["absent", "not a confidential VM"]);
  assert.deepEqual(calls, []);
});

Deno.test("no configfs, no permission, interface in use: unknown, with a reason", async () => {
  const files = { "/dev/sev-guest": "", "/proc/cpuinfo": AMD };
  const refuse = (error: Error) => ({ make: () => Promise.reject(error) });
  const reasonOf = async (changes: Parameters<typeof makeTsm>[2]) => {
    const { tsm } = makeTsm("sev_guest", snpReport, changes);
    const { state, reason } = await prove(files, tsm);
    assert.equal(state, "unknown");
    return reason;
  };
  assert.match(
    await reasonOf(refuse(new Deno.errors.NotFound())),
    /no configfs-tsm: needs Linux 6.7/,
  );
  assert.match(
    await reasonOf(refuse(new Deno.errors.PermissionDenied())),
    /no permission/,
  );
  assert.match(
    await reasonOf({ generation: "2" }),
    /another process used the request/,
  );
});

Deno.test("a pass is cached, a failure is not", async () => {
  const files = { "/dev/sev-guest": "", "/proc/cpuinfo": AMD };
  const good = makeTsm("sev_guest", snpReport);
  const { again } = await prove(files, good.tsm);
  assert.equal((await again())?.state, "in_force");
  assert.equal(good.calls.length, 7);
  const bad = makeTsm("sev_guest", () => new Uint8Array());
  await (await prove(files, bad.tsm)).again();
  assert.equal(bad.calls.length, 14);
});

Deno.test("a failed request is removed too", async () => {
  const { tsm, calls } = makeTsm("sev_guest", snpReport, {
    write: () => Promise.reject(new Error("EBUSY")),
  });
  await assert.rejects(fetchReport(tsm, new Uint8Array(64)), /EBUSY/);
  assert.deepEqual(calls, ["make cloudtaser", "remove cloudtaser"]);
});

Deno.test("without certificates: a pass, and none where a chain is required", async () => {
  for (const [kind, device, cpu, provider, make] of MACHINES) {
    const files = { [device]: "", "/proc/cpuinfo": cpu };
    const { tsm } = makeTsm(provider, make);
    const { state, reason } = await prove(files, tsm, true);
    assert.equal(state, "unknown", kind);
    assert.match(
      reason,
      new RegExp(
        `^${kind} guest, signature chain not verified: .* \\(CLOUDTASER_REQUIRE_ATTESTATION_CHAIN\\)$`,
      ),
    );
  }
});

Deno.test("certificates that cannot be read cost no points, unless a chain is required", async () => {
  const files = { "/dev/sev-guest": "", "/proc/cpuinfo": AMD };
  const { tsm } = makeTsm("sev_guest", snpReport);
  const refused: TsmFiles = {
    ...tsm,
    read: (name, file) =>
      file === "auxblob"
        ? Promise.reject(new Deno.errors.NotFound())
        : tsm.read(name, file),
  };
  const { state, detail } = await prove(files, refused);
  assert.equal(state, "in_force");
  assert.match(detail, /not verified: the host gives no certificates$/);
});

Deno.test("an internal error of the verification costs no points, unless a chain is required", async () => {
  const files = { "/dev/sev-guest": "", "/proc/cpuinfo": AMD };
  const { tsm } = makeTsm("sev_guest", snpReport);
  // Not bytes, which the verification does not expect: a DataView throws.
  const strange = { length: 1 } as Uint8Array<ArrayBuffer>;
  const broken: TsmFiles = {
    ...tsm,
    read: (name, file) =>
      file === "auxblob" ? Promise.resolve(strange) : tsm.read(name, file),
  };
  const plain = await prove(files, broken);
  assert.equal(plain.state, "in_force", plain.reason);
  assert.match(
    plain.detail,
    /our nonce, signature chain not verified: internal error$/,
  );
  const { state, reason } = await prove(files, broken, true);
  assert.equal(state, "unknown");
  assert.match(reason, /signature chain not verified: internal error \(CLOUD/);
});

Deno.test("a chain that does not match is named invalid, and absent where it is required", async () => {
  const vcek = await Deno.readFile(
    new URL("../../../testdata/attestation/snp_v2.vcek", import.meta.url),
  );
  const files = { "/dev/sev-guest": "", "/proc/cpuinfo": AMD };
  const { tsm } = makeTsm("sev_guest", snpReport);
  const answer: TsmFiles = {
    ...tsm,
    read: (name, file) =>
      file === "auxblob"
        ? Promise.resolve(certificateTable({ VCEK: vcek }))
        : tsm.read(name, file),
  };
  const plain = await prove(files, answer);
  assert.equal(plain.state, "in_force");
  assert.match(
    plain.detail,
    /signature chain invalid: the report does not have the signature of its VCEK$/,
  );
  const { state, reason } = await prove(files, answer, true);
  assert.equal(state, "absent");
  assert.match(reason, /signature chain invalid: the report does not/);
});
