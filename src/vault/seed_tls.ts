/**
 * Makes the TLS library of Deno (AWS-LC) gather the entropy for its generator:
 * 24 ms of CPU, once a process, at whatever first needs random numbers. A key
 * pair is made on a thread of its own, so that time passes beside other work.
 */

/** Begins at once and returns at once. Call it as the first thing of a process that will use TLS. */
export function seedTls(): void {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  crypto.subtle.generateKey(curve, false, ["sign"]).catch(() => {});
}
