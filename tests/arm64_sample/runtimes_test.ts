/** The hand-off on Debian's kernel for arm64: the table of docs/RUNTIMES.md. */
import { testRuntimes } from "../support/arm64/runtimes_table.ts";

testRuntimes("debian-6.12");
