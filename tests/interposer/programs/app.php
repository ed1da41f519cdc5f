<?php // Reads DB_PASSWORD, or with `idle` nothing; a child reads it too (guest.c).
if ($argv[1] === "read") {
    $number = 2166136261;
    foreach (str_split(getenv("DB_PASSWORD")) as $one) {
        $number = (($number ^ ord($one)) * 16777619) & 0xFFFFFFFF;
    }
    echo "hash DB_PASSWORD is $number\n";
    $child = proc_open([$argv[2], "hash", "DB_PASSWORD"], [1 => STDOUT], $pipes);
    proc_close($child);
}
echo "ready ", getmypid(), "\n";
sleep(600);
