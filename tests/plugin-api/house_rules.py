#!/usr/bin/env python3
"""Rules of the contract's headers that no compiler checks (PLUGIN-ABI 2.1 and the house form).

  house_rules.py HEADERS                check the headers below HEADERS/novascale
  house_rules.py HEADERS --self-check   plant one offender after the other: each must be found
"""
import pathlib
import re
import sys

COMMENT = re.compile(r"/\*.*?\*/", re.S)
MACRO = re.compile(r"^#define(?:.*\\\n)*.*$", re.M)
STRUCT = re.compile(r"typedef struct (nova_\w+) \{\n(.*?)\n\} \1;", re.S)
BANNED = re.compile(
    r"\b(bool|_Bool|enum|long|short|int|unsigned|signed|float|size_t|ssize_t|ptrdiff_t|wchar_t|time_t"
    r"|va_list|union|FILE|inline|static)\b")
FROZEN = {"nova_str", "nova_bytes", "nova_uuid"}
LINE_LIMIT, FILE_LIMIT = 100, 260


def check_file(name, text):
    """Everything that is wrong with one header, as texts."""
    found = []
    code = MACRO.sub("", COMMENT.sub("", text))

    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LINE_LIMIT:
            found.append(f"{name}:{number}: longer than {LINE_LIMIT} characters")
        if not line.isascii():
            found.append(f"{name}:{number}: not ASCII")
    if text.count("\n") > FILE_LIMIT:
        found.append(f"{name}: more than {FILE_LIMIT} lines")
    if not text.startswith(f"/* {name}: "):
        found.append(f"{name}: must open with what it is for: /* {name}: ...")

    for include in re.findall(r"^#include\s*(\S+)", code, re.M):
        if not re.fullmatch(r"<(stddef\.h|stdint\.h|novascale/[\w/]+\.h)>", include):
            found.append(f"{name}: includes {include}; allowed are stddef.h, stdint.h and the contract")
    for word in BANNED.findall(code):
        found.append(f"{name}: '{word}' is not a fixed-width type of the contract")
    if "..." in code:
        found.append(f"{name}: variable arguments")
    if re.search(r"\w\s*:\s*\d", code):
        found.append(f"{name}: a bit-field")

    for struct, body in STRUCT.findall(text):
        if struct not in FROZEN:
            if not body.startswith("  uint32_t struct_size;"):
                found.append(f"{name}: {struct} must begin with struct_size")
            if not body.endswith("  /* grows here */"):
                found.append(f"{name}: {struct} does not mark its append point")
        for member in COMMENT.sub("", body).split(";"):
            if "," in member and "(" not in member:
                found.append(f"{name}: {struct}: one member per line: {member.strip()}")

    before = ""
    for number, line in enumerate(text.splitlines(), 1):
        is_function = re.match(r"  (?! )[\w* ]+\(\*\w+\)\(", line) or line.startswith("NOVA_EXPORT const")
        if is_function and not re.search(r"\[(any-thread|serial|concurrent|exclusive)\] \*/$", before):
            found.append(f"{name}:{number}: the comment before a function must end with its thread tag")
        before = line
    return found


def check(headers):
    """Everything that is wrong with {name: text}."""
    found = [problem for name, text in headers.items() for problem in check_file(name, text)]
    stable = set(re.findall(r"<novascale/(\w+\.h)>", headers["novascale.h"]))
    for name in headers:
        if name not in stable | {"novascale.h", "all.h"} and not name.startswith("draft/"):
            found.append(f"novascale.h: does not include {name}")
        if name.startswith("draft/") and f"<novascale/{name}>" not in headers["all.h"]:
            found.append(f"all.h: does not include {name}")
    return found


# What is planted, in which header, instead of what; and a word of the message that must follow.
MEMBER = "  int64_t budget_ns;"
OFFENDERS = [
    ("model.h", MEMBER, "  bool fast;", "'bool'"),
    ("model.h", MEMBER, "  enum mode mode;", "'enum'"),
    ("model.h", MEMBER, "  long budget_ns;", "'long'"),
    ("model.h", MEMBER, "  size_t budget_ns;", "'size_t'"),
    ("model.h", MEMBER, "  int budget_ns;", "'int'"),
    ("model.h", MEMBER, "  unsigned budget_ns;", "'unsigned'"),
    ("model.h", MEMBER, "  FILE* log;", "'FILE'"),
    ("model.h", MEMBER, "  uint64_t budget : 63;", "bit-field"),
    ("model.h", MEMBER, "  uint64_t budget, rest;", "one member per line"),
    ("model.h", "const nova_fit* io, nova_error* err);", "const nova_fit* io, ...);", "variable arguments"),
    ("model.h", "     [concurrent] */", "     */", "thread tag"),
    ("model.h", "  uint32_t struct_size;\n", "", "begin with struct_size"),
    ("model.h", "  /* grows here */\n", "", "append point"),
    ("model.h", "#include <novascale/series.h>", "#include <stdbool.h>", "includes <stdbool.h>"),
    ("model.h", "/* model.h: ", "/* a model: ", "must open with"),
    ("plugin.h", "     [any-thread] */\nNOVA_EXPORT", "     */\nNOVA_EXPORT", "thread tag"),
    ("sink.h", "struct nova_sink_ops {", "struct nova_sink_ops { /* \u2026 */", "not ASCII"),
    ("novascale.h", "#include <novascale/sink.h>\n", "", "does not include sink.h"),
]


def self_check(headers):
    """Answers what was planted and not found."""
    missed = []
    for name, old, new, message in OFFENDERS:
        if old not in headers[name]:
            missed.append(f"{name}: nothing to replace: {old!r}")
        elif not any(message in p for p in check({**headers, name: headers[name].replace(old, new, 1)})):
            missed.append(f"{name}: {new!r} was not found")
    return missed


def main():
    root = pathlib.Path(sys.argv[1]) / "novascale"
    headers = {str(p.relative_to(root)): p.read_text(encoding="utf-8") for p in sorted(root.rglob("*.h"))}
    problems = self_check(headers) if "--self-check" in sys.argv else check(headers)
    print("\n".join(problems) or f"{len(headers)} headers: fine")
    sys.exit(bool(problems))


main()
