#!/bin/sh
# The layout pins hold for the headers of today and for the frozen ones, and they do break.
#
#   layout_test.sh SOURCE_DIR
#
# Frozen headers and pins belong together for ever; each mutation of today's headers must be refused.
set -eu
source=$(cd "${1:?source folder}" && pwd)
today=$source/plugin-api/include frozen=$source/tests/abi/1_0/include pins=$source/plugin-api/abi/layout_1_0.c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

holds() { ${CC:-cc} -std=c11 -I"$1" -fsyntax-only "$pins" 2>"$work/log"; }

for headers in "$today" "$frozen"; do
  holds "$headers" || { echo "FAIL pins do not hold for $headers"; sed -n 1,9p "$work/log"; status=1; }
done

python3 -B "$source/plugin-api/abi/make_layout.py" --headers "$frozen" >"$work/layout.c"
cmp -s "$work/layout.c" "$pins" || { echo "FAIL $pins is not what make_layout.py writes for the frozen headers"; status=1; }

breaks() {  # breaks HEADER SED-SCRIPT: the pins must notice
  rm -rf "$work/mutant"; cp -r "$today" "$work/mutant"
  sed -i "$2" "$work/mutant/novascale/$1"
  cmp -s "$today/novascale/$1" "$work/mutant/novascale/$1" && { echo "FAIL nothing mutated: $1 $2"; status=1; }
  if holds "$work/mutant"; then echo "FAIL not noticed: $1 $2"; status=1; fi
}
breaks series.h 's/uint64_t series_count;/uint32_t series_count; uint32_t more;/'  # narrower
breaks sink.h 's/nova_str tenant;/uint64_t born;\n  nova_str tenant;/'             # inserted
breaks sink.h 's/uint64_t after; .*//'                                             # removed
breaks base.h 's/uint64_t len;/uint64_t len; uint64_t hash;/'                      # frozen grew
breaks base.h 's/#define NOVA_ABORTED 10/#define NOVA_ABORTED 11/'                 # another value
breaks model.h 's/nova.model\/1/nova.model_\/1/'                                   # another text
breaks cost.h 's/\<machines;/@;/; s/\<account_machines;/machines;/; s/@;/account_machines;/'  # swapped

[ $status = 0 ] && echo "pins hold, and each of 7 mutations is refused"
exit $status
