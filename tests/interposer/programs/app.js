// Reads DB_PASSWORD, or with `idle` nothing; a child reads it too (guest.c).
const { execFileSync } = require("child_process");
const [mode, guest] = process.argv.slice(2);
if (mode === "read") {
  let number = 2166136261;
  for (const byte of Buffer.from(process.env.DB_PASSWORD)) {
    number = Math.imul(number ^ byte, 16777619) >>> 0;
  }
  console.log("hash DB_PASSWORD is", number);
  execFileSync(guest, ["hash", "DB_PASSWORD"], { stdio: "inherit" });
}
console.log("ready", process.pid);
setTimeout(() => {}, 600_000);
