"""A pool of autoregressions in numpy: a yardstick between sets of windows, not a model.

The same sketch as the plugin `ar` and `forecast auto` grew from, without what they gained since: ridge regressions on
near and on seasonal lags, in logs and in levels, carried forward step by step; the season before; medians of the last
12, 72 and 288 points; of all these the five that erred least at five held-out origins, and their median.
`accuracy.py --models numpy_pool` scores it; a set on which it scores badly is a set that is hard to forecast.
"""
import numpy as np

ORIGINS, BEST, MEDIANS = 5, 5, (12, 72, 288)


def lag_sets(season, points):
    near, at = list(range(1, 27)), lambda *centres: [c + d for c in centres for d in (-1, 0, 1)]
    sets = [near, near + at(season), near + at(season, 2 * season)]
    return sets + [sets[2] + at(7 * season)] if points > 9 * season else sets


def ridge(z, lags, penalty):
    """Coefficients and constant of z on its own lags, penalised per standard deviation; None where too little is known."""
    first = max(lags)
    if len(z) - first < 3 * len(lags): return None
    x, y = np.column_stack([z[first - l:len(z) - l] for l in lags]), z[first:]
    mean, spread = x.mean(0), x.std(0) + 1e-12
    x = (x - mean) / spread
    slopes = np.linalg.solve(x.T @ x / len(y) + penalty * np.eye(len(lags)), x.T @ (y - y.mean()) / len(y)) / spread
    return slopes, y.mean() - mean @ slopes


def carried_forward(z, lags, fit, horizon):
    slopes, constant = fit
    path, back = np.concatenate([z, np.zeros(horizon)]), np.array(lags)
    for t in range(len(z), len(path)):
        path[t] = constant + slopes @ path[t - back]
    return path[len(z):]


def pool(y, season, horizon):
    """What each candidate says of the next `horizon` points after y."""
    least, most = y.min(), y.max()
    margin = 0.05 * (y.mean() - least) + 1e-9
    zero = 0.0 if least > 0 else least - margin  # logs of what is above it
    scales = {"level": (y, lambda f: f),
              "log": (np.log(y - zero), lambda f: zero + np.exp(np.clip(f, np.log(min(least - zero, margin)) - 2, np.log(most - zero) + 2)))}
    said = {}
    for s, lags in enumerate(lag_sets(season, len(y))):
        for scale, (z, back) in scales.items():
            for penalty in (1e-4, 1e-3):
                fit = ridge(z, lags, penalty)
                if fit is None: continue
                f = back(carried_forward(z, lags, fit, horizon))
                said[s, scale, penalty] = np.clip(f, 2 * least - most, 2 * most - least)
    for period in (season, 7 * season):
        if len(y) >= period: said["season", period] = y[len(y) - period + np.arange(horizon) % period]
    for span in MEDIANS: said["median", span] = np.full(horizon, np.median(y[-span:]))
    return said


def forecast(values, season, horizon):
    y = np.array(values, float)
    errors = {}
    origins = [o for o in (len(y) - horizon - k * (horizon // 2) for k in range(ORIGINS)) if o >= 3 * season]
    for origin in origins:
        for who, said in pool(y[:origin], season, horizon).items():
            errors.setdefault(who, []).append(np.abs(said - y[origin:origin + horizon]).mean())
    said = pool(y, season, horizon)
    ranked = sorted((who for who in said if len(errors.get(who, [])) == len(origins)), key=lambda who: np.mean(errors.get(who, [0])))
    return np.median([said[who] for who in ranked[:BEST]] if origins else list(said.values()), axis=0).tolist()
