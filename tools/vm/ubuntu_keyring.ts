/**
 * Ubuntu's keyring, from the package of Debian 13: Debian's signature covers it,
 * and Debian 12 has no such package to install.
 */
import { cacheDirectory, makeOnce } from "../cache.ts";
import { debian, listPackages, unpackPackage } from "./archive.ts";

const ARCHIVE = debian("trixie");
const NAME = "ubuntu-keyring";
const FILE = "usr/share/keyrings/ubuntu-archive-keyring.gpg";

/** Its path in the cache. */
export async function ubuntuKeyring(): Promise<string> {
  const folder = `${await cacheDirectory("keyrings")}/ubuntu`;
  await makeOnce(folder, "fetching Ubuntu's keyring", async (building) => {
    const [found] = await listPackages(ARCHIVE, new RegExp(`^${NAME}$`));
    if (!found) throw new Error(`${ARCHIVE.suite} has no ${NAME}`);
    await unpackPackage(ARCHIVE, found, building, new RegExp(`/${FILE}$`));
  });
  return `${folder}/${FILE}`;
}
