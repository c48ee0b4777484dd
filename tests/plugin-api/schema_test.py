#!/usr/bin/env python3
"""The published JSON Schemas: well-formed, inside the subset, and right about good and bad texts.

  schema_test.py SCHEMA_DIR

Judge is python3-jsonschema, an implementation that knows nothing of ours. schema/<name>.jsonl holds, one a
line, {"good": text} or {"bad": text, "at": pointer of the finding}.
"""
import json
import pathlib
import sys

import jsonschema

SUBSET = set("type properties required additionalProperties enum const minimum maximum minLength pattern items "
             "minItems default title description x-secret x-unit x-path".split())


def outside_subset(schema, at=""):
    """Pointers of what the documented subset does not allow."""
    found = [f"{at}/{word}" for word in schema if word not in SUBSET and not (at == "" and word == "$schema")]
    if "properties" in schema and "additionalProperties" not in schema:
        found.append(f"{at}: must state additionalProperties")
    for name, child in schema.get("properties", {}).items():
        found += outside_subset(child, f"{at}/properties/{name}")
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            found += outside_subset(schema[word], f"{at}/{word}")
    return found


def check_cases(validator, cases):
    """What the schema gets wrong about the cases."""
    found = []
    for number, case in enumerate(cases, 1):
        value = case.get("good", case.get("bad"))
        places = {"".join(f"/{part}" for part in error.absolute_path) for error in validator.iter_errors(value)}
        want = {case["at"]} if "bad" in case else set()
        if places != want:
            found.append(f"line {number}: found at {sorted(places)}, want {sorted(want)}")
    if not any("good" in c for c in cases) or not any("bad" in c for c in cases):
        found.append("needs a good and a bad case")
    return found


def main():
    problems, count = [], 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        lines = (pathlib.Path(__file__).parent / "schema" / f"{path.stem}.jsonl").read_text(encoding="utf-8")
        cases = [json.loads(line) for line in lines.splitlines()]
        found = outside_subset(schema) + check_cases(jsonschema.Draft202012Validator(schema), cases)
        problems += [f"{path.name}: {problem}" for problem in found]
        count += len(cases)

    planted = outside_subset({"properties": {"a": {"oneOf": []}}, "additionalProperties": False})
    if planted != ["/properties/a/oneOf"]:
        problems.append(f"a keyword outside the subset was not found: {planted}")
    print("\n".join(problems) or f"{count} texts judged as they should be")
    sys.exit(bool(problems) or count == 0)


main()
