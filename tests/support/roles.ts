/** Registers tests that need root, or that run in both roles of the wrapper. */

/** An option of `startWrapper`. */
export interface Role {
  readonly pidNamespace: boolean;
}

type Body<R extends unknown[]> = (...args: R) => Promise<void>;

/** A test that only root can run. */
export function testAsRoot(
  name: string,
  fn: Body<[test: Deno.TestContext]>,
): void {
  Deno.test({ name, ignore: Deno.uid() !== 0, fn });
}

/**
 * A test that runs twice: with the wrapper as PID 1 of a new PID namespace,
 * which needs root, and as an ordinary process that is its descendants'
 * subreaper.
 *
 * @param needs `root`: the body itself needs it
 */
export function testInBothRoles(
  name: string,
  body: Body<[role: Role, test: Deno.TestContext]>,
  needs: "root" | "nothing" = "nothing",
): void {
  const register = needs === "root" ? testAsRoot : Deno.test;
  testAsRoot(`${name} (PID 1)`, (test) => body({ pidNamespace: true }, test));
  register(
    `${name} (subreaper)`,
    (test) => body({ pidNamespace: false }, test),
  );
}
