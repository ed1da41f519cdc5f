/**
 * The response of a wrapper's /v1/status. It comes from a pod, so it is
 * untrusted: sizes are limited, texts are cleaned, points must add up, and the
 * band is computed here.
 */
import * as v from "valibot";
import type { WrapperStatus } from "@/protocol/status.ts";
import { bandOf } from "@/score/score.ts";
import { safeText } from "@/base/text.ts";
import {
  flag,
  list,
  numberIn,
  object,
  parseJson,
} from "@/fleet/kubernetes/schema.ts";

/** More than any maximum of the specification. */
const MOST_POINTS = 1000;
const MOST_ITEMS = 64;
const MOST_SECONDS = 1e10;
const MOST_PIDS = 2 ** 22;
const NAME_LIMIT = 253;

const points = numberIn(0, MOST_POINTS);
const seconds = v.nullish(numberIn(0, MOST_SECONDS), null);

const TOO_MANY = `has more than ${MOST_ITEMS} items`;

/** Text that was made safe to display. */
const safe = (limit = 300) =>
  v.pipe(v.string(), v.transform((value) => safeText(value, limit)));
const safeOrNull = (limit?: number) => v.nullish(safe(limit), null);
const safeOrEmpty = (limit?: number) => v.nullish(safe(limit), "");

/** ISO 8601; null for a check that was never proven, which wrappers report as 1970. */
const time = v.pipe(
  v.string(),
  v.transform((value) => {
    const at = Date.parse(value.slice(0, 40));
    return at > 0 ? new Date(at).toISOString() : null;
  }),
);

const CHECK = v.pipe(
  object({
    name: v.pipe(
      v.string(),
      v.regex(/^[a-z0-9_]{1,40}$/, "must be the name of a check"),
    ),
    points: v.nullish(points, 0),
    worth: v.nullish(points, 0),
    state: v.nullish(v.picklist(["in_force", "absent", "unknown"]), "unknown"),
    reason: safeOrEmpty(),
    detail: safeOrEmpty(),
    source: safeOrEmpty(),
    time: v.nullish(time, null),
  }),
  v.check(
    ({ points, worth, state }) => points <= (state === "in_force" ? worth : 0),
    "has too many points",
  ),
);

const FACT = object({
  name: safeOrEmpty(64),
  value: safeOrEmpty(),
  source: safeOrEmpty(),
});

const FIELDS = object({
  version: safeOrNull(64),
  uptimeSeconds: v.nullish(numberIn(0, MOST_SECONDS), 0),
  process: v.nullish(
    v.pipe(
      object({
        pid: v.nullish(numberIn(1, MOST_PIDS), null),
        startTicks: v.nullish(numberIn(0, Number.MAX_SAFE_INTEGER), null),
      }),
      v.transform(({ pid, startTicks }) =>
        pid === null || startTicks === null ? null : { pid, startTicks }
      ),
    ),
    null,
  ),
  sealed: flag,
  pod: safeOrNull(NAME_LIMIT),
  namespace: safeOrNull(NAME_LIMIT),
  node: safeOrNull(NAME_LIMIT),
  score: v.nullish(points, null),
  maximum: v.nullish(points, null),
  minimum: v.nullish(points, 0),
  required: v.pipe(list(safe(64)), v.maxLength(MOST_ITEMS, TOO_MANY)),
  checks: v.pipe(v.array(CHECK), v.maxLength(MOST_ITEMS, TOO_MANY)),
  facts: v.pipe(list(FACT), v.maxLength(MOST_ITEMS, TOO_MANY)),
  application: v.nullish(object({ state: v.nullish(safe(64), "unknown") }), {}),
  vault: v.nullish(
    object({
      state: v.nullish(safe(64), "unused"),
      address: safeOrNull(),
      leaseTtlSeconds: seconds,
    }),
    {},
  ),
  agent: v.nullish(
    object({
      connected: flag,
      reason: safeOrNull(),
      name: safeOrNull(NAME_LIMIT),
      version: safeOrNull(64),
      mode: safeOrNull(64),
      vectors: v.nullish(numberIn(0, 10_000), null),
      uptimeSeconds: seconds,
    }),
    {},
  ),
});

const STATUS: v.GenericSchema<unknown, WrapperStatus> = v.pipe(
  FIELDS,
  v.check(addsUp, "points do not add up"),
  v.transform((status) => ({
    ...status,
    band: status.score === null
      ? null
      : bandOf(status.score, status.maximum ?? undefined),
  })),
);

/** @throws SchemaError */
export function parseStatus(text: string): WrapperStatus {
  return parseJson(STATUS, text);
}

function addsUp(
  { score, maximum, checks }: v.InferOutput<typeof FIELDS>,
): boolean {
  if (score === null) return true;
  const total = (key: "points" | "worth") =>
    checks.reduce((sum, check) => sum + check[key], 0);
  return Number.isInteger(score) && score <= (maximum || -1) &&
    total("points") === score && total("worth") === maximum;
}
