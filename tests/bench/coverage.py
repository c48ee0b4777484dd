#!/usr/bin/env python3
"""Is 80 % really 80 %? Coverage of the models and of the forecast room on recorded workloads, point by point.

  coverage.py BUILD_DIR [--models ar,mstl] [--traces DIR] [--detail]

Runs BUILD_DIR/bin/coverage (target `coverage`) on every trace beside the project (../shared/data/traces), minute
traces as 5-minute means, and counts the cells (trace, lead, level) within 3 points: 5, 15, 60 and 240 minutes ahead
(30, 60 and 240 for the half-hourly trace), 80 % and 95 %; for each model as it says ("raw"), for the same as the
room calibrates it, and for the room's own forecast, "auto". --detail prints every cell.

"Exactly right": how many cells would be within 3 points, on average, of one whose every share tends to its level and
has, on so few values that err together, the standard error seen.
"""
import argparse, csv, gzip, json, math, os, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODELS = "ar,mstl,ets,theta,arima,regression,seasonal_naive,naive"


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
    ap.add_argument("build"); ap.add_argument("--models", default=MODELS); ap.add_argument("--detail", action="store_true")
    ap.add_argument("--traces", default=os.path.join(ROOT, "..", "shared", "data", "traces"))
    a = ap.parse_args()
    index = os.path.join(a.traces, "traces.json")
    if not os.path.exists(index):
        print("coverage: skipped, no traces beside the project")
        return 0
    good, likely, chance, worst, far = {}, {}, {}, {}, {}
    for name, facts in sorted(json.load(open(index)).items()):
        values, day = series(a.traces, facts)
        run = subprocess.run([os.path.join(a.build, "bin", "coverage"), os.path.join(a.build, "plugins"), a.models, str(day)],
                             input=",".join([name] + [f"{v:.9g}" for v in values]) + "\n", stdout=subprocess.PIPE, text=True)
        if run.returncode != 0: return run.returncode
        for line in run.stdout.splitlines():
            _, who, *numbers = line.split(",")
            leads = len(numbers) // 5  # of each two shares with their errors, and a loss
            shares, errors = numbers[:4 * leads:2], [float(e) for e in numbers[1:4 * leads:2]]
            far.setdefault(who, []).append(float(numbers[-1]))
            off = [abs(float(c) - want) for c, want in zip(shares, [0.80, 0.95] * leads)]
            likely.setdefault(who, []).extend(o <= 0.03 + 2 * e for o, e in zip(off, errors))
            chance[who] = chance.get(who, 0) + sum(math.erf(0.03 / e / math.sqrt(2)) if e > 0 else 1 for e in errors)
            good.setdefault(who, []).extend(o <= 0.03 for o in off)
            worst[who] = max([worst.get(who, 0)] + off)
            if a.detail:
                print(f"{name:32} {who:20}", *(f"{float(c):.3f}+-{e:.3f}{'*' if o > 0.03 else ' '}" for c, e, o in zip(shares, errors, off)), flush=True)
    print("\n| | cells within 3 points | of one exactly right | within 3 and two standard errors | farthest off | pinball, 240 minutes |\n|---|---|---|---|---|---|")
    for who in sorted(good, key=lambda w: (w != "auto", w)):
        print(f"| {who} | {sum(good[who])} of {len(good[who])} | {chance[who]:.1f} | {sum(likely[who])} | {100 * worst[who]:.1f} | {sum(far[who]) / len(far[who]):.3f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
