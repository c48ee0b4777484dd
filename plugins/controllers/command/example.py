#!/usr/bin/env python3
"""A fleet in a file, FLEET.json: the smallest whole program for controllers/command. Replace held() and be()."""
import json
import sys


def held():
    """{group: machines}: what there is."""
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def be(group, desired):
    """Makes a group have so many machines. Asked again for the same number, does nothing."""
    fleet = held()
    fleet[group] = desired
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(fleet, file)


def answer(asked):
    if asked["op"] == "list":
        fleet = held()
        return {"groups": [{"id": g["id"], "desired": fleet.get(g["id"], 0), "serving": fleet.get(g["id"], 0),
                            "max": g["config"].get("max", 1000)} for g in asked["groups"]]}
    if asked["op"] == "scale":
        for request in asked["requests"]:
            be(request["group"]["id"], request["desired"])
        return {"results": [{} for _ in asked["requests"]]}
    return {"error": {"code": "invalid", "message": f"op {asked['op']} is not known"}}


json.dump(answer(json.load(sys.stdin)), sys.stdout)
