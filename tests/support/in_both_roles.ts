/**
 * Registers one test twice: with the wrapper as PID 1 of a new PID namespace,
 * and as an ordinary process that is its descendants' subreaper.
 */

/** How `startWrapper` is told. */
export interface Role {
  readonly pidNamespace: boolean;
}

type Body = (role: Role, test: Deno.TestContext) => Promise<void>;

/** A PID namespace needs root. */
export function testInBothRoles(title: string, body: Body): void {
  Deno.test({
    name: `${title} (PID 1)`,
    ignore: Deno.uid() !== 0,
    fn: (test) => body({ pidNamespace: true }, test),
  });
  Deno.test(`${title} (subreaper)`, (test) => {
    return body({ pidNamespace: false }, test);
  });
}
