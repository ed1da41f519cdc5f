/** The table of the chart's values is made by helm-docs' conventions. */
import assert from "node:assert/strict";
import { listLeaves, readChartValues } from "../../tools/chart_values.ts";

const YAML = `
# A comment that describes nothing.
image:
  # -- Where it is.
  # @default -- nowhere
  name: ""
  silent: 1
# -- All of them.
labels:
  a: b
# -- How many.
count: 3
# -- Whether.
there: false
# -- Which.
list: [a]
`;

Deno.test("chart values: description, type and default of each documented key", () => {
  const rows = readChartValues(YAML)
    .map(({ key, type, fallback, description }) =>
      [key, type, fallback, description].join(" | ")
    );
  assert.deepEqual(rows, [
    "image.name | string | nowhere | Where it is.",
    'labels | object | `{"a":"b"}` | All of them.',
    "count | int | `3` | How many.",
    "there | bool | `false` | Whether.",
    'list | list | `["a"]` | Which.',
  ]);
});

Deno.test("chart values: what is below a documented key belongs to it", () => {
  const values = { image: { name: "", silent: 1 }, labels: { a: "b" } };
  assert.deepEqual(listLeaves(values, new Set(["labels"])), [
    "image.name",
    "image.silent",
    "labels",
  ]);
});
