#!/usr/bin/env python3
"""Quality and time of the mix optimiser against the proven optimum, a greedy and a Karpenter-like rule.

  mix_oracle.py PROGRAM PRICING [--instances 50] [--steps 300000] [--regions 1] [--limit 20] [--runs 5]
                                [--oracle cbc|highs] [--rows 1]

PROGRAM is mix_solve; PRICING a folder with aws-instance-types.csv, aws-ondemand.csv, aws-spot.csv and
aws-az-offerings.csv (skipped with a message when it is not there). Each instance is a region (or several as one
market), x86 types of the families c, m and r from generation 5 on with up to 64 vCPU, spot in each zone (the
price, a mean over zones, blurred by a seeded 15 %) and on demand in each zone; a demand of 20 to 3000 vCPU with
2 to 7 GiB each, and caps drawn from a few. Nothing is pruned. The optimum is that of CBC (its C library), or of
scipy's milp (HiGHS), within 0.05 %, from rows written here independently of the optimiser; where its time ends
first, its proven bound stands for it.
"""
import argparse
import csv
import ctypes
import math
import pathlib
import random
import statistics
import subprocess
import sys
import time

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp


def table(folder, name):
    with open(folder / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def load(folder):
    types = {}
    for row in table(folder, "aws-instance-types.csv"):
        if (row["category"] in ("c", "m", "r") and row["arch"] == "amd64" and int(row["generation"] or 0) >= 5
                and int(row["vcpu"]) <= 64 and row["bare_metal"] != "1"):
            types[row["type"]] = (row["family"], int(row["vcpu"]) * 1000, int(row["memory_mib"]))
    zones = {(r["region"], r["type"]): r["az_suffixes"] for r in table(folder, "aws-az-offerings.csv")}
    demand = {(r["region"], r["type"]): float(r["usd_per_hour"]) for r in table(folder, "aws-ondemand.csv")}
    spot = {(r["region"], r["type"]): (float(r["spot_usd_per_hour"]), r["interruption_band"] or "4")
            for r in table(folder, "aws-spot.csv") if r["os"] == "linux" and r["spot_usd_per_hour"]}
    market = {}
    for (region, kind), price in demand.items():
        if kind in types and (region, kind) in zones:
            market.setdefault(region, []).append((kind, price, zones[region, kind], spot.get((region, kind))))
    return types, market


HAZARD = {b: -math.log(1 - f) / 730 for b, f in zip("01234", (0.025, 0.075, 0.125, 0.175, 0.30))}


def instance(types, market, seed, regions):
    rng = random.Random(seed)
    rich = sorted(r for r in market if sum(len(z) * (2 if s else 1) for _, _, z, s in market[r]) > 800)
    columns = []
    for region in rng.sample(rich, regions):
        for kind, price, zones, spot in sorted(market[region]):
            family, vcpu, mib = types[kind]
            for zone in zones:
                columns.append((kind, family, region + zone, "on_demand", vcpu, mib, round(price * 1e9), 0.0))
                if spot:
                    blurred = round(spot[0] * rng.uniform(0.85, 1.15) * 1e9)
                    columns.append((kind, family, region + zone, "spot", vcpu, mib, blurred, HAZARD[spot[1]]))
    vcpu = math.exp(rng.uniform(math.log(20), math.log(3000)))
    need = (round(vcpu) * 1000, round(vcpu * rng.uniform(2, 7)) * 1024)
    caps = (rng.choice((0.1, 0.25, 0.4)), rng.choice((0.375, 0.4, 0.6)), rng.choice((0.5, 0.5, 1.0)),
            rng.choice((0.0, 0.0, 0.75)), rng.choice((0.0, 0.2, 0.2, 0.5)), rng.choice((1.0, 1.0, 0.6)))
    return columns, need, caps


def rows_of(columns, need, caps):
    """The integer program: matrix, lower bounds of its rows, upper bounds of the counts."""
    pool, family, zone, alive, base, spot = caps
    data, most = [], np.full(len(columns), np.inf)
    low = [*need] + [math.ceil(base * d) for d in need]
    groups = {}
    for j, (_, fam, place, pay, *amount, _, _) in enumerate(columns):
        for r, a in enumerate(amount):
            data.append((r, j, a))
            if pay != "spot":
                data.append((2 + r, j, a))
                continue
            most[j] = min(most[j], math.floor(pool * need[r]) // a)
            for kind, name, cap in (("f", fam, family), ("z", place, zone), ("s", "", spot)):
                if cap >= 1:
                    continue
                if (kind, name, r) not in groups:
                    groups[kind, name, r] = len(low)
                    low.append(-math.floor(cap * need[r]))
                data.append((groups[kind, name, r], j, -a))
    # Survival: what all give less the largest pool (a variable for each resource) is enough.
    n = len(columns)
    if alive > 0:
        for r in range(2):
            row = len(low)
            low.append(math.ceil(alive * need[r]))
            data += [(row, j, c[4 + r]) for j, c in enumerate(columns)] + [(row, n + r, -1)]
            for j, c in enumerate(columns):
                if c[3] == "spot" and most[j] > 0:
                    data += [(len(low), n + r, 1), (len(low), j, -c[4 + r])]
                    low.append(0)
    i, j, v = zip(*data)
    matrix = sparse.csr_matrix((v, (i, j)), shape=(len(low), n + 2), dtype=float)
    return matrix, np.array(low, dtype=float), np.concatenate([most, [np.inf, np.inf]])


def oracle(name, columns, need, caps, limit):
    """Optimum, proven bound, seconds of CPU."""
    matrix, low, most = rows_of(columns, need, caps)
    scale = sparse.diags(1 / np.maximum(1, np.abs(matrix).max(axis=1).toarray().ravel()))
    cost = np.array([c[6] / 1e9 for c in columns] + [0, 0])
    whole = np.array([1] * len(columns) + [0, 0])
    start = time.process_time()
    best, bound = (cbc if name == "cbc" else highs)(scale @ matrix, scale @ low, most, cost, whole, limit)
    return best, bound, time.process_time() - start


def highs(matrix, low, most, cost, whole, limit):
    answer = milp(cost, constraints=LinearConstraint(matrix, low, np.inf), bounds=Bounds(0, most), integrality=whole,
                  options={"mip_rel_gap": 5e-4, "time_limit": limit})
    return (None, None) if answer.x is None else (answer.fun, answer.mip_dual_bound)


def cbc(matrix, low, most, cost, whole, limit):
    lib = ctypes.CDLL("libCbcSolver.so.3")
    lib.Cbc_newModel.restype = ctypes.c_void_p
    for name in ("Cbc_getObjValue", "Cbc_getBestPossibleObjValue"):
        getattr(lib, name).restype = ctypes.c_double
    model = ctypes.c_void_p(lib.Cbc_newModel())
    for key, value in (("log", "0"), ("ratioGap", "0.0005"), ("seconds", str(limit)), ("threads", "0")):
        lib.Cbc_setParameter(model, key.encode(), value.encode())
    matrix = sparse.csc_matrix(matrix)
    arrays = [np.ascontiguousarray(a, dtype=t) for a, t in (
        (matrix.indptr, np.int32), (matrix.indices, np.int32), (matrix.data, float), (np.zeros(len(cost)), float),
        (np.minimum(most, 1e9), float), (cost, float), (low, float), (np.full(len(low), 1e30), float))]
    lib.Cbc_loadProblem(model, len(cost), len(low), *(a.ctypes.data_as(ctypes.c_void_p) for a in arrays))
    for column in np.flatnonzero(whole):
        lib.Cbc_setInteger(model, int(column))
    lib.Cbc_solve(model)
    found = lib.Cbc_isProvenInfeasible(model) == 0 and lib.Cbc_numberSavedSolutions(model) > 0
    answer = (lib.Cbc_getObjValue(model), lib.Cbc_getBestPossibleObjValue(model)) if found else (None, None)
    lib.Cbc_deleteModel(model)
    return answer


def rule(columns, need, caps, pick):
    """One machine after the other, the one `pick` takes of those that the caps admit and that help."""
    matrix, low, most = rows_of(columns, need, (*caps[:3], 0.0, *caps[4:]))
    matrix = matrix.tocsc()[:, : len(columns)]
    have, counts, cost = np.zeros(len(low)), np.zeros(len(columns)), 0.0
    caps_rows = low < 0
    while True:
        lack = np.maximum(0, np.where(caps_rows, 0, low - have))
        if not lack.any():
            return cost
        helps = []
        for j, c in enumerate(columns):
            if counts[j] >= most[j]:
                continue
            at = slice(matrix.indptr[j], matrix.indptr[j + 1])
            rows, values = matrix.indices[at], matrix.data[at]
            if (have[rows] + values < low[rows])[values < 0].any():
                continue
            gain = sum(min(v, lack[r]) / low[r] for r, v in zip(rows, values) if v > 0 and lack[r] > 0)
            if gain > 0:
                helps.append((j, c, gain))
        if not helps:
            return math.nan
        j = pick(helps, need, lack)
        counts[j] += 1
        at = slice(matrix.indptr[j], matrix.indptr[j + 1])
        have[matrix.indices[at]] += matrix.data[at]
        cost += columns[j][6] / 1e9


def greedy(helps, _need, _lack):
    """Cheapest for what it gives of what is missing."""
    return min(helps, key=lambda h: (h[1][6] / h[2], h[0]))[0]


def karpenter(helps, need, lack):
    """On demand until the base is there, then spot: the most of the work one machine still fills, then the cheapest
    machine that holds as much."""
    wanted = [h for h in helps if (h[1][3] != "spot") == (lack[2:4].any())] or helps
    first = 2 if lack[2:4].any() else 0
    rest = max(lack[first] / need[0], lack[first + 1] / need[1])
    holds = {h[0]: min(h[1][4] / need[0], h[1][5] / need[1]) for h in wanted}
    full = [x for x in holds.values() if x <= rest] or [min(holds.values())]
    return min((h for h in wanted if holds[h[0]] >= max(full)), key=lambda h: (h[1][6], h[0]))[0]


def question(columns, need, caps, steps, runs):
    lines = ["demand %d %d 0" % need, "limits %r %r %r %r %r 0 0 %r" % caps]
    lines += ["column %s %s %s %s %d %d 0 %d %r 0" % c for c in columns]
    return "\n".join(lines + ["solve %d %d" % (steps, runs)]) + "\n"


def main():
    args = argparse.ArgumentParser()
    args.add_argument("program")
    args.add_argument("pricing", type=pathlib.Path)
    args.add_argument("--instances", type=int, default=50)
    args.add_argument("--first", type=int, default=1)
    args.add_argument("--steps", type=int, default=300000)
    args.add_argument("--regions", type=int, default=1)
    args.add_argument("--limit", type=float, default=20)
    args.add_argument("--runs", type=int, default=5)
    args.add_argument("--oracle", choices=("cbc", "highs"), default="cbc")
    args.add_argument("--rows", type=int, default=1, help="0: only what comes to in all")
    args.add_argument("--rules", type=int, default=1, help="0: leave out greedy and Karpenter-like")
    args = args.parse_args()
    if not (args.pricing / "aws-spot.csv").exists():
        print(f"skipped: no price data in {args.pricing}")
        return
    types, market = load(args.pricing)
    over, times, solver, proven, rules = [], [], [], 0, {"greedy": [], "Karpenter-like": []}
    if args.rows:
        print("| seed | columns | vCPU / GiB | caps | optimum USD/h | ours + % | ours ms | solver s | greedy + % "
              "| Karpenter-like + % |\n|" + "---|" * 10)
    for seed in range(args.first, args.first + args.instances):
        columns, need, caps = instance(types, market, seed, args.regions)
        said = subprocess.run([args.program], input=question(columns, need, caps, args.steps, args.runs), text=True,
                              capture_output=True, check=True).stdout.split()
        best, bound, spent = oracle(args.oracle, columns, need, caps, args.limit)
        times.append(float(said[0]) / 1000)
        solver.append(spent)
        head = f"| {seed} | {len(columns)} | {need[0] // 1000} / {need[1] // 1024} | {' '.join(map(str, caps))} |"
        if best is None or said[1] == "error":
            print(head, "solver:", best, "ours:", " ".join(said), "|")
            continue
        assert said[3] == "0", said
        closed = best - bound <= 1.1e-3 * best
        proven += closed
        reference = best if closed else bound
        over.append((closed, 100 * (int(said[1]) / 1e9 / reference - 1)))
        for choose, to in ((greedy, "greedy"), (karpenter, "Karpenter-like")):
            rules[to].append(100 * (rule(columns, need, caps, choose) / reference - 1) if args.rules else math.nan)
        if args.rows:
            print(head, f"{reference:.4f}{'' if closed else '*'} | {over[-1][1]:.2f} | {times[-1]:.2f} | {spent:.2f} | "
                  + " | ".join(f"{r[-1]:.1f}" for r in rules.values()) + " |", flush=True)
    print(f"\n| of {args.instances}, {proven} with a proven optimum{' (* = against the bound)' if args.rows else ''} "
          "| median | worst |\n|---|---|---|")
    line = lambda what, values, unit="": print(f"| {what} | {statistics.median(values):.2f}{unit} | {max(values):.2f}{unit} |")
    line("ours above the optimum", [x for closed, x in over if closed], " %")
    if proven < len(over):
        line("ours above what is proven, of the others", [x for closed, x in over if not closed], " %")
    for name, values in rules.items():
        known = [v for v in values if not math.isnan(v)]
        if known:
            line(name + " above it", known, " %")
    line("ours, CPU ms", times)
    line(f"{args.oracle} to 0.05 % or {args.limit:g} s, ms", [1000 * x for x in solver])


sys.exit(main())
