#!/usr/bin/env python3
"""The include arrows of the house: plugin-api <- sdk <- plugins, and plugin-api <- core <- host.

  arrows.py SOURCE_DIR                check every source of the tree
  arrows.py SOURCE_DIR --self-check   plant one wrong arrow after the other: each must be found

Inside core a room includes only rooms upstream; act and record are for the engine alone.
Whoever needs an arrow turned asks first why it points the other way.
"""
import pathlib
import re
import sys

SOURCES = {".h", ".hpp", ".c", ".cpp"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[>"]', re.M)

CORE_ROOMS = ["base", "metrics", "forecast", "plan", "cost", "decide", "act", "record", "engine", "backtest"]
ENGINE_ONLY = {"act", "record"}

# Top-level folders whose files a folder may include by path; itself is always allowed.
ALLOWED = {"plugin-api": set(), "sdk": set(), "plugins": set(), "core": set(), "host": {"core"}}
PROJECT = set(ALLOWED) | {"tests", "configs"}
# Who may see the contract's headers (novascale/x.h), and who the SDK's (novascale.hpp, novascale/x.hpp).
SEES_CONTRACT = {"plugin-api", "sdk", "plugins", "host"}
SEES_SDK = {"sdk", "plugins"}


def core_arrow(source, target):
    """Why core/<source> must not include core/<target>, or None."""
    for room in (source, target):
        if room not in CORE_ROOMS:
            return f"core/{room} is no room: add it to the row in arrows.py where it belongs"
    if CORE_ROOMS.index(target) > CORE_ROOMS.index(source):
        return f"core/{target} lies downstream of core/{source}"
    if target in ENGINE_ONLY and source != target and source != "engine":
        return f"core/{target} is for the engine only"
    return None


def arrow(path, quoted, target):
    """Why the file at path must not include target, or None."""
    top = path.split("/")[0]
    if re.fullmatch(r"novascale(/.*)?\.hpp", target):
        return None if top in SEES_SDK else f"{top} must not see the SDK"
    if target.startswith("novascale/"):
        return None if top in SEES_CONTRACT else f"{top} must not see the contract"
    parts = target.split("/")
    if parts[0] not in PROJECT:
        if ".." in parts:
            return "includes are written from the root of the tree, not with .."
        return None if not (top == "plugin-api" and quoted and "/" in target) else "the contract includes nothing of ours"
    if parts[0] != top and parts[0] not in ALLOWED[top]:
        return f"{top} must not include {parts[0]}"
    if top == "core" and len(parts) > 2:
        return core_arrow(path.split("/")[1], parts[1])
    return None


def check(files):
    """Wrong arrows in {path: text}."""
    found = []
    for path, text in files.items():
        for match in INCLUDE.finditer(text):
            why = arrow(path, match.group(1) == '"', match.group(2))
            if why:
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path}:{line}: includes {match.group(2)}: {why}")
    return found


def read(root):
    """{path: text} of the sources that arrows bind; tests may look everywhere."""
    files = {}
    for top in ALLOWED:
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                files[str(path.relative_to(root))] = path.read_text(encoding="utf-8")
    return files


PLANTED = [
    ("core/plan/x.cpp", '#include "host/loop/loop.hpp"'),
    ("core/plan/x.cpp", '#include "plugins/models/regression/ols.hpp"'),
    ("core/plan/x.cpp", "#include <novascale/model.h>"),
    ("core/plan/x.cpp", "#include <novascale.hpp>"),
    ("core/plan/x.cpp", '#include "core/decide/decision.hpp"'),
    ("core/plan/x.cpp", '#include "core/record/entry.hpp"'),
    ("core/decide/x.cpp", '#include "core/act/request.hpp"'),
    ("core/record/x.cpp", '#include "core/act/request.hpp"'),
    ("core/backtest/x.cpp", '#include "core/record/entry.hpp"'),
    ("core/base/x.cpp", '#include "core/kitchen/sink.hpp"'),
    ("core/plan/x.cpp", '  #  include "../decide/decision.hpp"'),
    ("plugins/models/a/x.cpp", '#include "core/base/time.hpp"'),
    ("plugins/models/a/x.cpp", '#include "host/loader/elf.hpp"'),
    ("sdk/include/novascale/x.hpp", '#include "core/base/time.hpp"'),
    ("host/loop/x.cpp", "#include <novascale.hpp>"),
    ("host/loop/x.cpp", '#include "plugins/sinks/sqlite/store.hpp"'),
    ("host/loop/x.cpp", '#include "tests/support/chaos.hpp"'),
    ("plugin-api/include/novascale/x.h", "#include <novascale/model.hpp>"),
    ("plugin-api/include/novascale/x.h", '#include "core/base/time.hpp"'),
]
ALLOWED_EXAMPLES = [
    ("core/engine/x.cpp", '#include "core/act/request.hpp"'),
    ("core/decide/x.cpp", '#include "core/decide/text.hpp"'),
    ("host/loader/x.cpp", '#include <novascale/all.h>\n#include "core/base/time.hpp"'),
    ("plugins/models/a/x.cpp", '#include <novascale.hpp>\n#include "plugins/models/numeric/solve.hpp"'),
]


def self_check():
    """What was planted and not found, and what is right and was refused."""
    missed = [f"not found: {path}: {text}" for path, text in PLANTED if not check({path: text})]
    return missed + [problem for path, text in ALLOWED_EXAMPLES for problem in check({path: text})]


def main():
    if "--self-check" in sys.argv:
        problems, done = self_check(), f"{len(PLANTED)} planted arrows found"
    else:
        files = read(pathlib.Path(sys.argv[1]))
        problems, done = check(files), f"{len(files)} files: fine"
        if len(files) < 20:
            problems.append(f"only {len(files)} files found below {sys.argv[1]}: is it the source tree?")
    print("\n".join(problems) or done)
    sys.exit(bool(problems))


main()
