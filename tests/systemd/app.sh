#!/bin/sh
# The application of the units' test. It tells systemd when it is ready, prints
# each signal that it gets, and dies as TERM's default action does after USR1.
echo "secret $(printf %s "$DB_PASSWORD" | sha256sum | cut -d' ' -f1)"
echo "token file: ${VAULT_TOKEN_FILE:-none}"
systemd-notify --ready --status="serving as $(id -u)"
exec app-signals signals-then-die 10
