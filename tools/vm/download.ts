/** Downloads a file whole. What comes is unverified: the caller knows its hash or signature. */

/** @throws {Error} with the address and the reason. */
export async function download(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url).catch((error: Error) => {
    throw new Error(`${url}: ${causes(error)}`);
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url}: ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** The reason is in the causes: the message is only "fetch failed". */
function causes(error: Error): string {
  const { message, cause } = error;
  return cause instanceof Error ? `${message}: ${causes(cause)}` : message;
}
