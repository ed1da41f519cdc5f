# Reads DB_PASSWORD, or with `idle` nothing; a child reads it too (guest.c).
$stdout.sync = true
if ARGV[0] == "read"
  number = 2166136261
  ENV["DB_PASSWORD"].each_byte { |byte| number = ((number ^ byte) * 16777619) & 0xFFFFFFFF }
  puts "hash DB_PASSWORD is #{number}"
  system(ARGV[1], "hash", "DB_PASSWORD")
end
puts "ready #{Process.pid}"
sleep 600
