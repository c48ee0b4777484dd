#!/usr/bin/env python3
"""Coverage of a model plugin on recorded workloads, while it only observes: is 80 % really 80 %?

  coverage.py BUILD_DIR [--model ar] [--traces DIR]

Runs BUILD_DIR/bin/coverage (target `coverage`) on every trace beside the project (../shared/data/traces), minute
traces as 5-minute means: one fit on the first week, then one point at a time. Prints, for 5, 15, 60 and 240 minutes
ahead (30 minutes to a day for half-hourly traces), how often the central 80 % and 95 % held what came, marks what is
off by more than 3 points, and the CPU time of a fit, an observation and a forecast of 48 leads.
"""
import argparse, csv, gzip, json, os, re, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINE = re.compile(r"(\d+): ([\d.]+) ([\d.]+)")


def series(folder, facts):
    """The values of a trace, and how many make a day."""
    path = os.path.join(folder, facts["file"])
    rows = list(csv.reader(gzip.open(path, "rt") if path.endswith(".gz") else open(path)))[1:]
    step = int(float(rows[1][0])) - int(float(rows[0][0]))
    values = [float(r[1]) for r in rows]
    if step == 60:
        values, step = [sum(values[i:i + 5]) / 5 for i in range(0, len(values) - 4, 5)], 300
    return values, 86400 // step


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("build"); ap.add_argument("--model", default="ar")
    ap.add_argument("--traces", default=os.path.join(ROOT, "..", "shared", "data", "traces"))
    a = ap.parse_args()
    index = os.path.join(a.traces, "traces.json")
    if not os.path.exists(index):
        print("coverage: skipped, no traces beside the project")
        return 0
    cells = off = 0
    for name, facts in sorted(json.load(open(index)).items()):
        values, day = series(a.traces, facts)
        run = subprocess.run([os.path.join(a.build, "bin", "coverage"), os.path.join(a.build, "plugins", a.model + ".so"),
                              str(7 * day), f"{day},{7 * day}"], input=",".join([name] + [f"{v:.9g}" for v in values]) + "\n",
                             stdout=subprocess.PIPE, text=True)
        if run.returncode != 0: return run.returncode
        for _, c80, c95 in LINE.findall(run.stdout):
            cells += 2
            off += (abs(float(c80) - 0.80) > 0.03) + (abs(float(c95) - 0.95) > 0.03)
        mark = lambda m: f"{m[1]}:" + "".join(
            f" {c}{'*' if abs(float(c) - want) > 0.03 else ' '}" for c, want in ((m[2], 0.80), (m[3], 0.95)))
        print(LINE.sub(mark, run.stdout.rstrip()), f"({len(values) - min(7 * day, len(values) * 3 // 4)} points)", flush=True)
    print(f"{cells - off} of {cells} within 3 points")
    return 0


if __name__ == "__main__":
    sys.exit(main())
