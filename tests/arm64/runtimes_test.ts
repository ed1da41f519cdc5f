/** The hand-off with pages of 64 KiB: no worse than the table of docs/RUNTIMES.md. */
import { testRuntimes } from "../support/arm64/runtimes_table.ts";

testRuntimes("override-64k");
