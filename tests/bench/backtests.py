"""A configuration to backtest a recorded load with: one group of identical machines of a known capacity."""


def config_of(trace, capacity, lead, policies, models=(), max_utilisation=1.0):
    """`lead` as a duration ("180s"); `models` are the plugins of forecasting models."""
    return {
        "plugins": [
            {"name": "trace", "component": "org.novacron.metrics.replay", "config": {"file": str(trace)}},
            {"name": "fleet", "component": "org.novacron.controller.simulated"},
        ] + [{"name": m, "component": f"org.novacron.model.{m}"} for m in models],
        "groups": [{
            "id": "g", "controller": "fleet", "min": 1, "max": 200, "lead_time": lead,
            "signals": [{"name": "load", "source": "trace", "query": "value", "per_machine": capacity,
                         "target_utilisation": 0.7, "max_utilisation": max_utilisation}],
            "policies": policies,
        }],
    }
