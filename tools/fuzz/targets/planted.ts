/** Parsers with a mistake, which only the harness's own test runs: it must find each. */
import { latin1, mustEqual, type Target } from "../target.ts";

const SAMPLES = ['{"a":"value","b":[1,2,3]}'];
const kept: Uint8Array[] = [];

export const PLANTED: readonly Target[] = [
  {
    name: "planted-throw",
    weight: 0,
    samples: SAMPLES,
    check: (input) => {
      if (latin1(input).includes('b"]')) throw new TypeError("planted");
    },
  },
  {
    name: "planted-hang",
    weight: 0,
    samples: SAMPLES,
    check: (input) => {
      while (latin1(input).includes('":[[')) { /* for ever */ }
    },
  },
  {
    name: "planted-growth",
    weight: 0,
    samples: SAMPLES,
    check: () => void kept.push(new Uint8Array(16), new Uint8Array(16)),
  },
  {
    name: "planted-round-trip",
    weight: 0,
    samples: SAMPLES,
    check: (input) => {
      const text = latin1(input);
      mustEqual(text.replace("\x80", "?"), text, "round trip");
    },
  },
];
