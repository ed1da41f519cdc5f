/** The native tests with pages of 64 KiB: arenas, searches, stacks. */
import { testNatively } from "../support/arm64/native_tests.ts";

testNatively("override-64k");
