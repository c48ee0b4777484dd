// The SDK for plugin authors: header-only C++20 on the C contract of <novascale/novascale.h>.
//
// Write a class with the methods of its kind, then one line NOVA_PLUGIN(...). See
// sdk/docs/tutorial.md. Apart from this umbrella: <novascale/eigen.hpp> (Eigen maps),
// <novascale/fake_host.hpp> (tests).
#pragma once

#include <novascale/call.hpp>
#include <novascale/component.hpp>
#include <novascale/config.hpp>
#include <novascale/context.hpp>
#include <novascale/controller.hpp>
#include <novascale/cost.hpp>
#include <novascale/draft/policy.hpp>
#include <novascale/draft/solver.hpp>
#include <novascale/error.hpp>
#include <novascale/events.hpp>
#include <novascale/log.hpp>
#include <novascale/metrics.hpp>
#include <novascale/model.hpp>
#include <novascale/normal.hpp>
#include <novascale/one_series.hpp>
#include <novascale/per_series.hpp>
#include <novascale/plugin.hpp>
#include <novascale/series.hpp>
#include <novascale/sink.hpp>
#include <novascale/state.hpp>
#include <novascale/text.hpp>
