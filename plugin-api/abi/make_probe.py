#!/usr/bin/env python3
"""Writes the probe: a library with one exported function per ABI struct, for abidiff.

  make_probe.py --headers plugin-api/include > probe.c

Plugins themselves are useless for this: their ops tables hide behind `const void*`, and abidiff finds
two swapped members of such a table to be no change at all.
"""
import argparse

import headers

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--headers", required=True, help="folder that holds novascale/")
root = parser.parse_args().headers

print("#include <novascale/novascale.h>")
for name, _ in headers.structs(headers.read(root, headers.stable(root))):
    print(f"void nova_abi_probe_{name}({name}* p);")
    print(f"void nova_abi_probe_{name}({name}* p) {{ (void)p; }}")
