/** Measures the size of the binary, and of its image compressed as registries keep it. */
import { HOST } from "../build/target.ts";
import { findComponents, renderNotices } from "../release/notices.ts";
import { writeOciImage } from "../release/oci_image.ts";
import { run } from "../run.ts";
import type { Workshop } from "./workshop.ts";

/** As `docker push` and BuildKit compress by default, and the smallest that zstd makes without more memory. */
const COMPRESSIONS = {
  "gzip -6": "gzip -6 --stdout",
  "zstd -3": "zstd -3 --quiet --stdout",
  "zstd -19": "zstd -19 --threads=0 --quiet --stdout",
};

/** Bytes. */
export interface SizeFigures {
  readonly binary: number;
  /** By the compression. */
  readonly image: Readonly<Record<string, number>>;
}

/** @param isQuick leaves out what takes a minute */
export async function measureSizes(
  workshop: Workshop,
  binary: string,
  isQuick: boolean,
): Promise<SizeFigures> {
  const image = workshop.path("image.tar");
  const notices = workshop.path("THIRD_PARTY_NOTICES");
  const components = await findComponents(HOST);
  await Deno.writeTextFile(notices, await renderNotices([components]));
  await writeOciImage(image, {
    binaries: [{ path: binary, arch: HOST }],
    notices,
    version: "bench",
    revision: undefined,
    date: new Date(0),
  });
  const sizes: Record<string, number> = {};
  for (const [name, command] of Object.entries(COMPRESSIONS)) {
    if (isQuick && name === "zstd -19") continue;
    const line = `${command} '${image}' | wc -c`;
    sizes[name] = Number(await run("sh", ["-c", line]));
  }
  await Deno.remove(image);
  return { binary: (await Deno.stat(binary)).size, image: sizes };
}
