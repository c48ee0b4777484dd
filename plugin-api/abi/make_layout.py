#!/usr/bin/env python3
"""Writes the layout pins of the contract: a C file of static asserts.

  make_layout.py --headers plugin-api/include > plugin-api/abi/layout_1_0.c     (once per minor)
  make_layout.py --headers plugin-api/include --drafts > plugin-api/abi/layout_draft.c

Offsets, sizes and values are those the C compiler ($CC, else cc) gives, not what this script thinks.
"""
import argparse
import os
import subprocess
import tempfile

import headers

STABLE_OPENING = """\
/* Layout of ABI {major}.{minor}: DO NOT MODIFY. Written once by make_layout.py; a later minor adds a file.

   What a plugin of {major}.{minor} was compiled with must be true for ever: each field at its offset with its
   size, each constant with its value. A growable struct may only get longer, so its size is a lower
   bound here; exact sizes are watched by abidiff (nova-{major}.{minor}.abi). Compiled in every build, as C and C++. */
"""
DRAFT_OPENING = """\
/* Layout of the draft headers, as they are now. Drafts may change: then write this file anew with
   make_layout.py --drafts, in the same commit, so that the change is seen. */
"""
MACROS = """\
#include <novascale/{umbrella}>

#ifdef __cplusplus
#define PIN static_assert
constexpr bool same(const char* a, const char* b) {{
  return *a == *b && (*a == 0 || same(a + 1, b + 1));
}}
#define PIN_TEXT(constant, text) static_assert(same(constant, text), #constant)
#else
#define PIN _Static_assert
#define PIN_TEXT(constant, text) _Static_assert(sizeof(constant) == sizeof(text), #constant)
#endif
#define PIN_FIELD(type, field, at, bytes)                               \\
  PIN(offsetof(type, field) == (at), #type "." #field ": offset");      \\
  PIN(sizeof(((type*)0)->field) == (bytes), #type "." #field ": size")

PIN(sizeof(void*) == 8 && sizeof(void (*)(void)) == 8, "64-bit");
PIN(sizeof(double) == 8, "IEEE 754 binary64");
PIN(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian");
PIN(NOVA_CANONICAL(NOVA_QUOTA) == NOVA_RESOURCE_EXHAUSTED, "low byte = canonical code");
"""


def measure(root, umbrella, structs, constants):
    """Compiles and runs a program that prints each number; answers them in order of asking."""
    lines = [f"#include <novascale/{umbrella}>", "#include <stdio.h>", "int main(void) {"]
    for name, fields in structs:
        lines.append(f'printf("%zu\\n", sizeof({name}));')
        for field in fields:
            lines.append(f'printf("%zu %zu\\n", offsetof({name}, {field}), sizeof((({name}*)0)->{field}));')
    for name, is_text in constants:
        form = f'"%s\\n", {name}' if is_text else f'"%lld\\n", (long long)({name})'
        lines.append(f"printf({form});")
    lines.append("return 0; }")
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "measure.c"), os.path.join(folder, "measure")
        with open(source, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", f"-I{root}", source, "-o", program], check=True)
        return iter(subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines())


def number(text):
    """A constant as it may be written in C: the least int64 has no literal."""
    return "(-9223372036854775807 - 1)" if int(text) == -(2**63) else text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headers", required=True, help="folder that holds novascale/")
    parser.add_argument("--drafts", action="store_true", help="pin the draft headers instead of the stable ones")
    options = parser.parse_args()

    names = headers.drafts(options.headers) if options.drafts else headers.stable(options.headers)
    umbrella = "all.h" if options.drafts else "novascale.h"
    texts = headers.read(options.headers, names)
    structs, constants = headers.structs(texts), headers.constants(texts)
    values = measure(options.headers, umbrella, structs, constants)

    pins = []
    for name, fields in structs:
        relation = "==" if name in headers.FROZEN else ">="
        pins += ["", f'PIN(sizeof({name}) {relation} {next(values)}, "{name}: size");']
        for field in fields:
            at, size = next(values).split()
            pins.append(f"PIN_FIELD({name}, {field}, {at}, {size});")
    pins.append("")
    version = {"NOVA_ABI_MAJOR": "", "NOVA_ABI_MINOR": ""}
    for name, is_text in constants:
        value = next(values)
        if name in version:
            version[name] = value
        if name == "NOVA_ABI_MINOR":
            pins.append(f'PIN(NOVA_ABI_MINOR >= {value}, "NOVA_ABI_MINOR");')
        elif is_text:
            pins.append(f'PIN_TEXT({name}, "{value}");')
        else:
            pins.append(f'PIN({name} == {number(value)}, "{name}");')

    opening = DRAFT_OPENING if options.drafts else STABLE_OPENING.format(
        major=version["NOVA_ABI_MAJOR"], minor=version["NOVA_ABI_MINOR"])
    print(opening + MACROS.format(umbrella=umbrella) + "\n".join(pins))


main()
