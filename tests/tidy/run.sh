#!/bin/sh
# Form and lint of the C++ sources: clang-format must have nothing to change, clang-tidy nothing to say.
#
#   run.sh BUILD_DIR                all sources of core host sdk plugins (and the form of the tests)
#   run.sh BUILD_DIR --changed      only what differs from HEAD, and new files
#   run.sh BUILD_DIR FILE...        these
#
# BUILD_DIR holds compile_commands.json. Headers are linted through the sources that include them.
set -eu
cd "$(dirname "$0")/../.."
build=${1:?build folder}; shift
[ -f "$build/compile_commands.json" ] || { echo "$build/compile_commands.json: no such file; configure first" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case ${1:-all} in
  all) git ls-files --cached --others --exclude-standard ;;
  --changed) git diff --name-only --diff-filter=d HEAD; git ls-files --others --exclude-standard ;;
  *) printf '%s\n' "$@" ;;
esac | sort -u >"$work/files"
grep -E '^(core|host|sdk|plugins|tests)/.*\.(cpp|hpp)$' "$work/files" | grep -v '@' >"$work/format" || true
grep -E '^(core|host|sdk|plugins)/.*\.cpp$' "$work/files" | grep -v '@' >"$work/candidates" || true

# Templates (@NAME@) are no C++ yet. Only what this build compiles can be linted, and without its precompiled headers: each
# source includes what it uses.
sed -E 's# -Winvalid-pch -Xclang -include-pch -Xclang [^ "]* -Xclang -include -Xclang [^ "]*/cmake_pch\.hxx##g' "$build/compile_commands.json" >"$work/compile_commands.json"
while read -r file; do
  if grep -q "\"file\": \"$PWD/$file\"" "$work/compile_commands.json"; then echo "$file"; else echo "not in this build: $file" >&2; fi
done <"$work/candidates" >"$work/lint"

echo "form of $(wc -l <"$work/format") files, lint of $(wc -l <"$work/lint")"
status=0
xargs -r clang-format --dry-run -Werror <"$work/format" || status=1
xargs -r -n 1 -P "$(nproc)" clang-tidy -p "$work" --quiet --extra-arg=-Wno-unknown-warning-option \
  <"$work/lint" 2>"$work/noise" || status=1
grep -vE '^[0-9]+ warnings?.* generated|^Suppressed |^Use -header-filter' "$work/noise" || true
[ $status = 0 ] && echo "tidy"
exit $status
