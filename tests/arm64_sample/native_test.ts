/** The native tests on Debian's kernel for arm64. */
import { testNatively } from "../arm64/native.ts";

testNatively("debian-6.12");
