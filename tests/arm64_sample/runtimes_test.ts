/** The hand-off on Debian's kernel for arm64: the table of docs/RUNTIMES.md. */
import { testRuntimes } from "../arm64/handoff.ts";

testRuntimes("debian-6.12");
