/** Attacks on every machine of docs/ENFORCEMENT-MATRIX.md. */
import { X86_64 } from "./document.ts";
import { testPlans } from "./expected.ts";

testPlans(X86_64);
