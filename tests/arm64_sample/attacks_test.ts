/** All attacks on one arm64 machine, with three backends and with the lock. */
import { ARM64 } from "../enforcement/matrix/document.ts";
import { testPlans } from "../enforcement/matrix/expected.ts";

testPlans(ARM64, ARM64.plans.slice(0, 1));
