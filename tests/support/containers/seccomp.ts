/**
 * The container engines' default seccomp profile in the form that runc takes.
 * The profile itself is the one of Debian's golang-github-containers-common
 * (the same list that Docker, containerd and CRI-O carry); nothing of it is ours.
 */

/** Debian package that brings the profile. */
export const SECCOMP_PACKAGE = "golang-github-containers-common";
const PROFILE = "/usr/share/containers/seccomp.json";

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly unknown[] | null;
  readonly errnoRet?: number;
  readonly includes?: Condition;
  readonly excludes?: Condition;
}

interface Condition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly syscalls: readonly Rule[];
}

const ALLOW = { action: "SCMP_ACT_ALLOW" };
const EPERM = { action: "SCMP_ACT_ERRNO", errnoRet: 1 };

const ARCHES: Readonly<Record<string, { go: string; names: string[] }>> = {
  x86_64: {
    go: "amd64",
    names: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  },
  aarch64: { go: "arm64", names: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"] },
};

/**
 * `linux.seccomp` of an OCI bundle for a process with these capabilities.
 *
 * @param caps names as CAP_SYS_PTRACE.
 * @param forbidden system calls that are answered with EPERM.
 * @param allowed system calls that other engines' profiles allow and this one does not.
 */
export async function readDefaultSeccomp(
  caps: readonly string[],
  forbidden: readonly string[] = [],
  allowed: readonly string[] = [],
): Promise<unknown> {
  const profile: Profile = JSON.parse(await Deno.readTextFile(PROFILE));
  const arch = ARCHES[Deno.build.arch];
  const applies = ({ includes, excludes }: Rule) =>
    (includes?.caps ?? []).every((cap) => caps.includes(cap)) &&
    !(excludes?.caps ?? []).some((cap) => caps.includes(cap)) &&
    (includes?.arches?.includes(arch?.go ?? "") ?? true);
  const changed = [...forbidden, ...allowed];
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: arch?.names,
    syscalls: [
      ...profile.syscalls.filter(applies).map((rule) => ({
        names: rule.names.filter((name) => !changed.includes(name)),
        action: rule.action,
        args: rule.args?.length ? rule.args : undefined,
        errnoRet: rule.errnoRet,
      })).filter(({ names }) => names.length > 0),
      ...(forbidden.length > 0 ? [{ names: forbidden, ...EPERM }] : []),
      ...(allowed.length > 0 ? [{ names: allowed, ...ALLOW }] : []),
    ],
  };
}
