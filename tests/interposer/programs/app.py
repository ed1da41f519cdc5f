# Reads DB_PASSWORD, or with `idle` nothing; a child reads it too (guest.c).
import os, subprocess, sys, time
if sys.argv[1] == "read":
    number = 2166136261
    for byte in os.environb[b"DB_PASSWORD"]:
        number = ((number ^ byte) * 16777619) & 0xFFFFFFFF
    print("hash DB_PASSWORD is", number, flush=True)
    subprocess.run([sys.argv[2], "hash", "DB_PASSWORD"], check=True)
print("ready", os.getpid(), flush=True)
time.sleep(600)
