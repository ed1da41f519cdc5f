# Reads DB_PASSWORD, or with `idle` nothing; a child reads it too (guest.c).
$| = 1;
if ($ARGV[0] eq "read") {
    my $number = 2166136261;
    $number = (($number ^ $_) * 16777619) & 0xFFFFFFFF for unpack("C*", $ENV{DB_PASSWORD});
    print "hash DB_PASSWORD is $number\n";
    system($ARGV[1], "hash", "DB_PASSWORD");
}
print "ready $$\n";
sleep 600;
