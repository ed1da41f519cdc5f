/** Attacks on every arm64 machine; the first is in the sample of every test run. */
import { ARM64 } from "../enforcement/matrix/document.ts";
import { testPlans } from "../enforcement/matrix/expected.ts";

testPlans(ARM64, ARM64.plans.slice(1));
