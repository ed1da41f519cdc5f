/** The native tests with pages of 64 KiB: arenas, searches, stacks. */
import { testNatively } from "./native.ts";

testNatively("override-64k");
