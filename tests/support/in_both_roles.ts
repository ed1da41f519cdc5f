/**
 * Registers one test twice: with the wrapper as PID 1 of a new PID namespace,
 * and as an ordinary process that is its descendants' subreaper.
 */

/** An option of `startWrapper`. */
export interface Role {
  readonly pidNamespace: boolean;
}

type Body = (role: Role, test: Deno.TestContext) => Promise<void>;

/**
 * A PID namespace needs root.
 *
 * @param needs `root`: the body itself needs it
 */
export function testInBothRoles(
  title: string,
  body: Body,
  needs: "root" | "nothing" = "nothing",
): void {
  const isRoot = Deno.uid() === 0;
  Deno.test({
    name: `${title} (PID 1)`,
    ignore: !isRoot,
    fn: (test) => body({ pidNamespace: true }, test),
  });
  Deno.test({
    name: `${title} (subreaper)`,
    ignore: !isRoot && needs === "root",
    fn: (test) => body({ pidNamespace: false }, test),
  });
}
