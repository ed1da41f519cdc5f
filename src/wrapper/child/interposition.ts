/** The interposer as this run needs it: which one, and what is told about it. */
import { readEmbedded } from "@ffi";
import { Interposer } from "./interposer.ts";
import type { Log } from "@/base/log.ts";
import type { Config } from "@/config/load.ts";
import type { Children } from "@/process/children.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";
import { splitEnvironment } from "./target.ts";

/** Makes it; whether it is used turns out when secrets are there. */
export function openInterposer(
  ingested: Ingested,
  children: Children,
  argv: readonly Uint8Array[],
): Interposer {
  const options = {
    children,
    argv,
    image: () => readEmbedded("interposer"),
    environment: () => splitEnvironment(ingested),
    isUpdated: ingested.config.onRotate.kind === "update",
  };
  return new Interposer(options, findObstacle(ingested));
}

function findObstacle({ config, store }: Ingested): string {
  if (config.interpose === "off") return "switched off (CLOUDTASER_INTERPOSE)";
  if (store.kind !== "secretmem") return "no secret memory";
  if (!config.vault) return "there are no secrets to hand over";
  return "";
}

/** One line for whoever has switched it on. */
export function tellInterposer(
  { interpose }: Config,
  { reason }: Interposer,
  log: Log,
): void {
  if (interpose === "off") return;
  log.info(
    reason === ""
      ? "The application has taken its secrets over in secret memory"
      : `The application gets its secrets in its environment: ${reason}`,
  );
}
