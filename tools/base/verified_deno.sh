#!/bin/sh
# Prints the path of the pinned Deno: the one on the PATH, or npm's. Its hash is
# compared before it runs for the first time.
set -eu
version=2.9.6
pins="$(dirname "$0")/deno_executables.ts"

deno=$(command -v deno) || {
	folder=$(mktemp -d)
	case $(uname -m) in
	x86_64) package=@deno/linux-x64-glibc ;;
	aarch64) package=@deno/linux-arm64-glibc ;;
	*)
		echo "No Deno for $(uname -m): build on x86_64 or aarch64" >&2
		exit 1
		;;
	esac
	npm install --silent --no-save --ignore-scripts --prefix "$folder" "$package@$version" >&2
	deno=$folder/node_modules/$package/deno
	chmod 755 "$deno"
}

hash=$(sha256sum "$deno" | cut -c 1-64)
grep -q "\"$hash\"" "$pins" || {
	echo "$deno: expected a SHA-256 of $pins, got $hash; use Deno $version from a registry that you trust" >&2
	exit 1
}
echo "$deno"
