#!/usr/bin/env python3
"""Accuracy of `novascale forecast` on the M4 development halves and on windows of real cloud metrics and load.

  accuracy.py PROGRAM [--models auto] [--sets hourly,weekly,cloud5m,load5m] [--leave-out ID,ID] [--every 72]
              [--plugin-dir DIR] [--threads 1] [--keep DIR]

Needs the reference scorer and the data beside the project (../shared); says so and exits 0 without them.
Prints, for each set, what the independent scorer says, and the CPU seconds of the whole run per series.
The set cloud5m is cut from the 5-minute NAB traces: windows of 2016 points, the next 72 to be forecast. One begins
--every so many points; with 72 each point after the first 2016 is forecast once. The set load5m is cut in the same way
from the load of whole sites and clusters (minutes as 5-minute means; three quarters of a trace that is shorter than
2088 points), one window every 144 points.

Yardsticks, for which PROGRAM is not run: with --models hindsight each forecast is the median of the very values to be
forecast, and with hindsight:N of each N of them; what that scores is out of reach of any forecaster that does not know
them. median:N is that of the last N points known; numpy_pool a short pool of autoregressions (needs numpy).
"""
import argparse, csv, gzip, json, os, resource, statistics, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.join(ROOT, "..", "shared")
SETS = {"hourly": ("24,168", 48), "weekly": ("52", 13), "cloud5m": ("288,2016", 72), "load5m": ("288,2016", 72)}


def lines_of(name):
    return [line.rstrip("\n").split(",") for line in gzip.open(os.path.join(SHARED, "data", "m4", name), "rt")]


def windows(wanted, every, horizon=72):
    """(id, train, test) of every trace whose name is wanted and whose step is 300 s, or 60 s: then of its means."""
    folder = os.path.join(SHARED, "data", "traces")
    for name, facts in sorted(json.load(open(os.path.join(folder, "traces.json"))).items()):
        if not wanted(name): continue
        path = os.path.join(folder, facts["file"])
        rows = list(csv.reader(gzip.open(path, "rt") if path.endswith(".gz") else open(path)))[1:]
        step = int(float(rows[1][0])) - int(float(rows[0][0]))
        values = [r[1] for r in rows]
        if step == 60:
            values = [repr(statistics.fmean(map(float, values[i:i + 5]))) for i in range(0, len(values) - 4, 5)]
        elif step != 300:
            continue
        points = min(2016, len(values) * 3 // 4)
        for k, start in enumerate(range(0, len(values) - points - horizon + 1, every)):
            yield f"{name}_{k}", values[start:start + points], values[start + points:start + points + horizon]


def write_data(name, folder, left_out=(), every=72):
    """Train and test in the scorer's form, train also as the program reads it."""
    cut = SETS[name][0] == "288,2016"
    if cut:
        cloud = lambda trace: trace.startswith("nab_")
        all_of = list(windows(cloud, every) if name == "cloud5m" else windows(lambda trace: not cloud(trace), 144))
        train = [[i, *a] for i, a, _ in all_of]
        test = [[i, *b] for i, _, b in all_of]
    else:
        train, test = lines_of(name + "-train.csv.gz"), lines_of(name + "-test.csv.gz")
    train, test = ([r for r in rows if r[0] not in left_out] for rows in (train, test))
    scored = "nab5m" if cut else name
    for part, rows in (("train", train), ("test", test)):
        with open(os.path.join(folder, f"{scored}-{part}.csv"), "w") as f:
            f.writelines(",".join(r) + "\n" for r in rows)
    path = os.path.join(folder, name + "-input.csv")
    with open(path, "w") as f:
        f.write("series,timestamp,value\n")
        for r in train:
            f.writelines(f"{r[0]},{t},{v}\n" for t, v in enumerate(x for x in r[1:] if x != ""))
    return path, scored, len(train)


YARDSTICKS = {"hindsight", "median", "numpy_pool"}


def yardstick(who, span, train, test, season):
    """The forecast of a yardstick, of as many steps as test has."""
    if who == "median": return [statistics.median(train[-span:])] * len(test)
    if who == "hindsight":
        runs = [test[i:i + span] for i in range(0, len(test), span)] if span else [test]
        return [statistics.median(run) for run in runs for _ in run]
    import numpy_pool
    return numpy_pool.forecast(train, season, len(test))


def write_yardstick(model, train, test, season, out):
    who, _, span = model.partition(":")
    if who == "median" and not span: sys.exit("accuracy: median:N needs N, the points it is taken of")
    read = lambda path: {r[0]: [float(v) for v in r[1:] if v != ""] for r in csv.reader(open(path))}
    known, truth = read(train), read(test)
    with open(out, "w") as f:
        f.write("id,step,mean\n")
        for name, values in known.items():
            f.writelines(f"{name},{i + 1},{v!r}\n" for i, v in enumerate(yardstick(who, int(span or 0), values, truth[name], season)))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("program"); ap.add_argument("--models", default="auto")
    ap.add_argument("--sets", default="hourly,weekly,cloud5m,load5m"); ap.add_argument("--plugin-dir")
    ap.add_argument("--leave-out", default=""); ap.add_argument("--every", type=int, default=72); ap.add_argument("--keep"); ap.add_argument("--threads", default="1")
    a = ap.parse_args()
    scorer = os.path.join(SHARED, "tools", "score_forecasts.py")
    if not os.path.exists(scorer):
        print("accuracy: skipped, no reference scorer beside the project")
        return 0
    with tempfile.TemporaryDirectory() as work:
        folder = a.keep or work
        os.makedirs(folder, exist_ok=True)
        for name in a.sets.split(","):
            seasons, horizon = SETS[name]
            path, scored, count = write_data(name, folder, a.leave_out.split(","), a.every)
            raw, out = os.path.join(folder, "raw.csv"), os.path.join(folder, f"{name}-{a.models.replace(',', '+')}.csv")
            score = [sys.executable, scorer, "--data", folder, "--set", scored, out]
            if a.models.partition(":")[0] in YARDSTICKS:
                parts = [os.path.join(folder, f"{scored}-{part}.csv") for part in ("train", "test")]
                write_yardstick(a.models, *parts, int(seasons.partition(",")[0]), out)
                print(name, flush=True)
                subprocess.run(score)
                continue
            command = [a.program] + (["--plugin-dir", a.plugin_dir] if a.plugin_dir else []) + [
                "forecast", "--input", path, "--models", a.models, "--horizon", str(horizon), "--season", seasons, "--output", raw]
            if a.threads == "1": command = ["taskset", "-c", "0"] + command
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run = subprocess.run(command, stderr=subprocess.PIPE, text=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            if run.stderr: print("\n".join(run.stderr.splitlines()[:5]))
            with open(raw) as f, open(out, "w") as g:
                g.write("id" + f.readline().removeprefix("series"))
                g.writelines(f)
            print(f"{name}: {count} series, {cpu:.2f} s CPU, {1000 * cpu / count:.2f} ms a series", flush=True)
            subprocess.run(score)
    return 0


if __name__ == "__main__":
    sys.exit(main())
