/** The groups of the test runner, as the tree has them. */
import assert from "node:assert/strict";
import {
  chooseGroups,
  NAMED,
  orderJobs,
  readGroups,
} from "../../tools/test/groups.ts";

const groups = await readGroups();

Deno.test("groups: what is named in the order and in the loads exists", () => {
  const names = new Set(groups.flatMap(({ name, jobs }) => [
    name,
    ...jobs.flatMap(({ paths }) => paths.map((p) => p.replace("tests/", ""))),
  ]));
  assert.deepEqual(NAMED.filter((name) => !names.has(name)), []);
});

Deno.test("groups: unit tests come first, and every job once", () => {
  const jobs = orderJobs(groups).map(({ name }) => name);
  assert.equal(jobs[0], "unit");
  assert.equal(new Set(jobs).size, jobs.length);
});

Deno.test("groups: a name that is not a group is refused with those that are", () => {
  assert.deepEqual(chooseGroups(groups, ["e2e"]).map(({ name }) => name), [
    "e2e",
  ]);
  assert.throws(() => chooseGroups(groups, ["e2"]), /unknown group "e2".*e2e/);
});

Deno.test("groups: the matrix of arm64 runs only when it is named, its sample always", () => {
  const always = chooseGroups(groups, []).map(({ name }) => name);
  assert.ok(always.includes("arm64_sample"));
  assert.ok(!always.includes("arm64"));
  assert.equal(always.length, groups.length - 1);
  const [named] = chooseGroups(groups, ["arm64"]);
  assert.equal(named?.name, "arm64");
});
