#!/usr/bin/env python3
"""What one forecast costs: every goal of time and memory beside what was measured, as a Markdown table.

  forecast_times.py BUILD_DIR        targets novascale, fleet and the model plugins, of a release build

CPU time of one core. Models by `fleet` through the contract, on generated loads; `auto` as the CPU time of the whole
program a series: reading, held-out evaluation, choice, fits, intervals, writing. M4 Hourly, where its data lie beside
the project, is read once for all its series.
"""
import importlib.util, math, os, random, resource, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LIGHT = ["ar", "mstl", "ets", "theta", "regression", "seasonal_naive", "naive"]


def row(what, value, goal, unit):
    print(f"| {what} | {goal:g} {unit} | {value:.3g} {unit} |{'' if value <= goal else ' missed |'}", flush=True)


def fleet(build, models, series, points, season, settings="{}"):
    """{model: (fit, refit, observe, forecast in us, state KiB, grown MiB)}"""
    run = subprocess.run([os.path.join(build, "bin", "fleet"), os.path.join(build, "plugins"), ",".join(models), str(series),
                          str(points), str(season), settings], stdout=subprocess.PIPE, text=True, check=True)
    cells = [line.split() for line in run.stdout.splitlines()[1:1 + len(models)]]
    return {c[0]: [float(x) for x in c[1:]] for c in cells}


def load(seed, points, season):
    """A daily wave, a slow level, noise that fades: as fleet.cpp makes them."""
    r = random.Random(seed)
    level, wave, slow, e, y = 100 * math.exp(r.gauss(0, 1)), 0.1 + 0.05 * abs(r.gauss(0, 1)), 0.0, 0.0, []
    for t in range(points):
        slow, e = slow + 0.001 * r.gauss(0, 1), 0.8 * e + 0.02 * r.gauss(0, 1)
        angle = 2 * math.pi * (t % season) / season
        y.append(level * math.exp(slow + e + wave * math.sin(angle) + wave * math.cos(2 * angle)))
    return y


def auto_ms(build, path, horizon, seasons):
    """CPU ms of the whole program, on one core."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["taskset", "-c", "0", os.path.join(build, "bin", "novascale"), "forecast", "--input", path, "--models", "auto",
                    "--horizon", str(horizon), "--season", seasons, "--output", os.devnull], check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def generated(build, folder, series, points, season):
    path = os.path.join(folder, "loads.csv")
    with open(path, "w") as f:
        f.write("series,timestamp,value\n")
        for s in range(series):
            f.writelines(f"s{s},{t},{v:.6g}\n" for t, v in enumerate(load(s, points, season)))
    return auto_ms(build, path, 48, str(season)) / series


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    build = sys.argv[1]
    print("| what | asked | measured |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for points, season, goal in ((960, 24, 10), (2016, 24, 20), (2016, 288, 20), (10080, 24, 100), (10080, 1440, 100)):
            row(f"`auto`, {points} points, season {season}", generated(build, folder, 32, points, season), goal, "ms")
        spec = importlib.util.spec_from_file_location("accuracy", os.path.join(HERE, "accuracy.py"))
        accuracy = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(accuracy)
        if os.path.exists(os.path.join(accuracy.SHARED, "data", "m4")):
            seasons, horizon = accuracy.SETS["hourly"]
            path, _, count = accuracy.write_data("hourly", folder)
            whole = auto_ms(build, path, horizon, seasons)
            row(f"`auto`, M4 Hourly, a series of {count}", whole / count, 10, "ms")
            row("`auto`, M4 Hourly, all of them", whole / 1000, 3, "s")
    day = fleet(build, LIGHT, 250, 2016, 288)
    row("`observe` one point, light models together", sum(m[2] for m in day.values()), 20, "us")
    row("`observe` one point, ar", day["ar"][2], 7.1, "us")
    row("`forecast` 36 steps, ar", day["ar"][3], 50, "us")
    row("state of a kept model, season 288, the largest", max(m[4] for m in day.values()), 64, "KiB")
    row("`ets`, 960 points, season 24", fleet(build, ["ets"], 250, 960, 24)["ets"][0] / 1000, 10, "ms")
    row("`theta`, 10 080 points, season 1440", fleet(build, ["theta"], 20, 10080, 1440)["theta"][0] / 1000, 5, "ms")
    row("`regression`, 960 points, season 24", fleet(build, ["regression"], 250, 960, 24)["regression"][0] / 1000, 0.5, "ms")
    row("`arima`, 960 points, season 24", fleet(build, ["arima"], 50, 960, 24)["arima"][0] / 1000, 50, "ms")
    row("`arima`, 2016 points, season 288", fleet(build, ["arima"], 20, 2016, 288)["arima"][0] / 1000, 200, "ms")
    given = '{"order":[1,0,1],"seasonal":[1,1,1]}'
    arima = fleet(build, ["arima"], 1, 2016, 288, given)["arima"]
    row("`arima` (1,0,1)(1,1,1), 2016 points, season 288", arima[0] / 1000, 200, "ms")
    row("the same, memory", arima[5], 5, "MB")
    row("the same, state", arima[4], 64, "KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
