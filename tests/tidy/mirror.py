#!/usr/bin/env python3
"""Every source of core, host and plugins has its test.

  mirror.py SOURCE_DIR                check the tree
  mirror.py SOURCE_DIR --self-check   an untested source, a stale and a needless line must be found

A source a/b/c.cpp is tested if there is tests/a/b/c_test.cpp or tests/a/b_c_test.cpp, or a test in tests/a/b or
named tests/a/b_... that includes a/b/c.hpp, or a line in tested_elsewhere.txt: `source  test  why`, where source may
be a pattern (*); "owed" in place of the test admits that there is none yet, and is counted. A line whose files are gone, or that is not needed any more, is an error, so that the table stays
small and true.
"""
import fnmatch
import pathlib
import re
import sys

TABLE = "tests/tidy/tested_elsewhere.txt"


def includes(text):
    return set(re.findall(r'#include "([^"]+)"', text))


def has_mirror(source, tests):
    """Whether a test lies where it is looked for. tests: {path: text}."""
    stem = source[: -len(".cpp")]
    folder, name = ("tests/" + stem).rsplit("/", 1)
    if f"{folder}/{name}_test.cpp" in tests or f"{folder}_{name}_test.cpp" in tests:
        return True
    near = [t for t in tests if t.startswith((folder + "/", folder + "_"))]
    return any(f"{stem}.hpp" in includes(tests[t]) for t in near)


def table_lines(text):
    """[(number, source pattern, test), ...]; without a reason the test counts as missing."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            found.append((number, words[0], words[1] if len(words) > 2 else ""))
    return found


def check(sources, tests, table, exists):
    """What is untested, and what is wrong in the table."""
    found, listed = [], set()
    untested = {s for s in sources if not has_mirror(s, tests)}
    for number, pattern, test in table_lines(table):
        at = f"{TABLE}:{number}: {pattern}"
        if not fnmatch.filter(sources, pattern):
            found.append(f"{at}: no such source")
        elif test != "owed" and not (test and exists(test)):
            found.append(f"{at}: needs a test that exists and a reason, got '{test}'")
        elif test != "owed" and not fnmatch.filter(untested, pattern):
            found.append(f"{at}: has a test of its own now; take the line out")
        listed.update(fnmatch.filter(sources, pattern))
    for source in sorted(untested - listed):
        found.append(f"{source}: no test: none where it is looked for, no line in {TABLE}")
    return found


def owed(sources, tests, table):
    """Untested sources that only an "owed" line excuses."""
    untested = {s for s in sources if not has_mirror(s, tests)}
    elsewhere = {s for _, p, test in table_lines(table) if test != "owed" for s in fnmatch.filter(untested, p)}
    return {s for _, p, test in table_lines(table) if test == "owed" for s in fnmatch.filter(untested, p)} - elsewhere


def self_check():
    """What a broken check would not see."""
    sources = {"core/a/x.cpp", "core/a/y.cpp", "core/a/z.cpp", "plugins/m/p/q.cpp"}
    tests = {"tests/core/a/x_test.cpp": "", "tests/core/a/all_test.cpp": '#include "core/a/y.hpp"',
             "tests/plugins/m/p_test.cpp": '#include "plugins/m/p/q.hpp"'}
    exists = tests.__contains__
    cases = [
        ("", ["core/a/z.cpp: no test"]),
        ("core/a/z.cpp tests/core/a/all_test.cpp through y", []),
        ("core/*/z.cpp tests/core/a/all_test.cpp through y", []),
        ("core/a/z.cpp owed soon", []),
        ("core/a/z.cpp tests/core/a/all_test.cpp", ["needs a test that exists and a reason"]),
        ("core/a/z.cpp tests/gone.cpp through y", ["needs a test that exists"]),
        ("core/a/z.cpp tests/core/a/all_test.cpp ok\ncore/a/w.cpp t w", ["no such source"]),
        ("core/a/z.cpp tests/core/a/all_test.cpp ok\ncore/a/x.cpp tests/core/a/x_test.cpp w", ["take the line out"]),
    ]
    missed = []
    for table, want in cases:
        found = check(sources, tests, table, exists)
        if len(found) != len(want) or any(w not in f for w, f in zip(want, found)):
            missed.append(f"table {table!r}: found {found}, want {want}")
    return missed


def main():
    root = pathlib.Path(sys.argv[1])
    if "--self-check" in sys.argv:
        problems, done = self_check(), "8 cases judged as they should be"
    else:
        sources = {str(p.relative_to(root)) for top in ("core", "host", "plugins") for p in (root / top).rglob("*.cpp")}
        tests = {str(p.relative_to(root)): p.read_text(encoding="utf-8") for p in (root / "tests").rglob("*.cpp")}
        table = (root / TABLE).read_text(encoding="utf-8")
        problems = check(sources, tests, table, lambda path: (root / path).exists())
        debt = sorted(owed(sources, tests, table))
        done = "\n".join(f"owed: {s}" for s in debt) + f"\n{len(sources)} sources, {len(debt)} without a test of their own yet"
        if len(sources) < 20:
            problems.append(f"only {len(sources)} sources below {root}: is it the source tree?")
    print("\n".join(problems) or done)
    sys.exit(bool(problems))


main()
