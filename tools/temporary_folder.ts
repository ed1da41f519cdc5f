/** A folder for the work of one step. */

/** `await using` deletes it. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes `/tmp/cloudtaser-NAME-…`, which only this user can read. */
  static async make(name: string): Promise<TemporaryFolder> {
    const prefix = `cloudtaser-${name}-`;
    return new TemporaryFolder(await Deno.makeTempDir({ prefix }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
