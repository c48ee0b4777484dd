"""Reads the contract's headers: which structs with which fields, which constants.

Used by make_layout.py and make_probe.py. This is no C parser: it reads the house form of the headers
(one member per line, `typedef struct nova_x {` ... `} nova_x;`) and refuses whatever else it meets, so
that nothing can slip past the pins by being written differently.
"""
import pathlib
import re

COMMENT = re.compile(r"/\*.*?\*/", re.S)
STRUCT = re.compile(r"typedef struct (nova_\w+) \{(.*?)\} (nova_\w+);", re.S)
FIELD = re.compile(r"^(?:const |volatile |struct )*\w+(?: ?\*| const\*)* (\w+)(?:\[\d+\])?$")
FUNCTION = re.compile(r"^[\w* ]+\(\*(\w+)\)\(.*\)$", re.S)
CONSTANT = re.compile(r"^#define (NOVA_[A-Z0-9_]+)[ \t]+(\S.*)$", re.M)
FROZEN = {"nova_str", "nova_bytes", "nova_uuid"}  # never grow: their size is exact
NOT_VALUES = {"NOVA_EXPORT"}


def read(root, names):
    """The text of the named headers below root/novascale, without comments."""
    texts = [(pathlib.Path(root) / "novascale" / n).read_text(encoding="utf-8") for n in names]
    return [COMMENT.sub("", t) for t in texts]


def stable(root):
    """Stable headers, in the order of novascale.h."""
    text = (pathlib.Path(root) / "novascale/novascale.h").read_text(encoding="utf-8")
    return re.findall(r"#include <novascale/(\w+\.h)>", text)


def drafts(root):
    """Draft headers."""
    return sorted("draft/" + p.name for p in (pathlib.Path(root) / "novascale/draft").glob("*.h"))


def fields(struct, body):
    """Names of the members of one struct, in order."""
    found = []
    for member in filter(None, (" ".join(m.split()) for m in body.split(";"))):
        match = FUNCTION.match(member) or FIELD.match(member)
        if not match:
            raise SystemExit(f"{struct}: not in house form: {member!r}")
        found.append(match.group(1))
    return found


def structs(texts):
    """[(name, [field, ...]), ...] in order of appearance."""
    found = []
    for text in texts:
        matches = list(STRUCT.finditer(text))
        if len(matches) != len(re.findall(r"\bstruct nova_\w+ \{", text)):
            raise SystemExit("a struct is not in house form: typedef struct nova_x { ... } nova_x;")
        for match in matches:
            if match.group(1) != match.group(3):
                raise SystemExit(f"{match.group(1)}: tag and type must have one name")
            found.append((match.group(1), fields(match.group(1), match.group(2))))
    return found


def constants(texts):
    """[(name, is_text), ...] of all object-like macros with a value."""
    found = []
    for text in texts:
        for name, value in CONSTANT.findall(text):
            if name not in NOT_VALUES:
                found.append((name, value.startswith('"')))
    return found
