#!/usr/bin/env python3
"""Writes zones.csv: offset changes of some time zones, and when their months and days begin, by Python's zoneinfo.

  zones.py > zones.csv

Starts are found minute by minute: the first instant whose local reading is at or past midnight.
"""
import datetime
import zoneinfo

ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "America/Havana",
         "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca"]
FIRST, LAST = datetime.datetime(2009, 12, 1), datetime.datetime(2013, 2, 1)
UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)


def local(zone, utc):
    return utc.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def unix(utc):
    return int(utc.replace(tzinfo=UTC).timestamp())


def start(zone, midnight):
    at = midnight - datetime.timedelta(hours=27)
    while local(zone, at) < midnight:
        at += MINUTE
    return at


print("what,zone,unix_s,offset_s")
for name in ZONES:
    zone = zoneinfo.ZoneInfo(name)
    at, before, changes = FIRST, local(zone, FIRST) - FIRST, []
    print(f"before,{name},,{int(before.total_seconds())}")
    while at < LAST:
        offset = local(zone, at) - at
        if offset != before:
            changes.append(at)
            print(f"change,{name},{unix(at)},{int(offset.total_seconds())}")
            before = offset
        at += MINUTE
    for k in range(1, 37):
        print(f"month,{name},{unix(start(zone, datetime.datetime(2010 + (k - 1) // 12, (k - 1) % 12 + 1, 1)))},")
    days = set()
    for change in changes:
        day = local(zone, change).replace(hour=0, minute=0)
        days |= {day + datetime.timedelta(days=d) for d in range(-2, 4)}
    for day in sorted(days):
        print(f"day,{name},{unix(start(zone, day))},")
