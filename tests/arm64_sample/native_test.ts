/** The native tests on Debian's kernel for arm64. */
import { testNatively } from "../support/arm64/native_tests.ts";

testNatively("debian-6.12");
