/**
 * Tests that leave something behind, one thing for each word of LEAVE: for
 * tests/tools/left_behind_test.ts, and not named so that `deno test` finds it.
 */
const leave = Deno.env.get("LEAVE")?.split(" ") ?? [];
const temporary = Deno.env.get("TMPDIR");

function run(...command: string[]): void {
  const [name = "", ...args] = command;
  const { success } = new Deno.Command(name, { args }).outputSync();
  if (!success) throw new Error(`${name} failed`);
}

Deno.test("leaves what it is told to", async () => {
  const folder = `${temporary}/kept`;
  if (leave.includes("folder")) Deno.mkdirSync(folder);
  if (leave.includes("process")) {
    run("sh", "-c", "setsid sleep 3210 </dev/null >/dev/null 2>&1 &");
  }
  if (leave.includes("nameless")) {
    // Its parent ends at once, and nothing of its environment is left.
    Deno.copyFileSync("/bin/sleep", `${temporary}/nameless`);
    run(
      ...["sh", "-c"],
      `env -i setsid ${temporary}/nameless 4321 </dev/null >/dev/null 2>&1 &`,
    );
  }
  if (leave.includes("shm")) Deno.mkdirSync("/dev/shm/ct-left-behind");
  if (leave.includes("mount")) {
    run("mount", "-t", "tmpfs", "left", "/dev/shm/ct-left-behind");
  }
  await Promise.resolve();
});
