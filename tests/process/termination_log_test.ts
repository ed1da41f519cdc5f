/** The termination log has one line, and no file but the kubelet's is written. */
import { equal } from "node:assert/strict";
import { writeTerminationLog } from "@/process/termination_log.ts";

/** A folder with `file`, which has old content. */
function inFolder(test: (folder: string, file: string) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "cloudtaser-termination-" });
  try {
    const file = `${folder}/file`;
    Deno.writeTextFileSync(file, `${"old ".repeat(1000)}\n`);
    test(folder, file);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("the termination log has one line that says whose exit code it is", () =>
  inFolder((_, file) => {
    writeTerminationLog("score 55/75\nis \x1b[31mlow", 77, file);
    equal(
      Deno.readTextFileSync(file),
      "score 55/75 is  [31mlow (exit code 77 of cloudtaser-wrapper)\n",
    );
  }));

Deno.test("a long message is cut to what Kubernetes shows", () =>
  inFolder((_, file) => {
    writeTerminationLog("ä".repeat(9000), 78, file);
    const text = Deno.readTextFileSync(file);
    equal(new TextEncoder().encode(text).length <= 4096, true);
    equal(text.endsWith("… (exit code 78 of cloudtaser-wrapper)\n"), true);
  }));

for (
  const [title, make] of Object.entries({
    "a symbolic link": Deno.symlinkSync,
    "a second name": Deno.linkSync,
  })
) {
  Deno.test(`${title} of another file is not written through`, () =>
    inFolder((folder, file) => {
      make(file, `${folder}/name`);
      const before = Deno.readTextFileSync(file);
      writeTerminationLog("new", 77, `${folder}/name`);
      equal(Deno.readTextFileSync(file), before);
    }));
}

Deno.test("a FIFO does not block, and a missing file is not created", () =>
  inFolder((folder) => {
    const fifo = `${folder}/fifo`;
    new Deno.Command("mkfifo", { args: [fifo] }).outputSync();
    writeTerminationLog("new", 77, fifo);
    writeTerminationLog("new", 77, `${folder}/missing`);
    equal([...Deno.readDirSync(folder)].length, 2);
  }));

Deno.test("a file that replaces the kubelet's after it was examined is not written", () =>
  inFolder((folder, file) => {
    const other = `${folder}/other`;
    Deno.writeTextFileSync(other, "old\n");
    writeTerminationLog("new", 77, file, (path) => {
      Deno.renameSync(other, path);
      return Deno.openSync(path, { write: true });
    });
    equal(Deno.readTextFileSync(file), "old\n");
  }));

Deno.test({
  name: "a file of the user that stands for unmapped ones is written",
  ignore: Deno.uid() !== 0,
  fn: () =>
    inFolder((_, file) => {
      Deno.chownSync(file, 65534, 65534);
      writeTerminationLog("new", 77, file);
      equal(
        Deno.readTextFileSync(file),
        "new (exit code 77 of cloudtaser-wrapper)\n",
      );
    }),
});

Deno.test({
  name: "a file of another user is not written",
  ignore: Deno.uid() !== 0,
  fn: () =>
    inFolder((_, file) => {
      Deno.chownSync(file, 1234, 1234);
      const before = Deno.readTextFileSync(file);
      writeTerminationLog("new", 77, file);
      equal(Deno.readTextFileSync(file), before);
    }),
});
