// What a plugin remembers, fetched from it and given back: of models and of policies, whose
// contracts say it in the same words. Callers: ModelClient, PolicyClient.
#pragma once

#include <novascale/model.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/loader/instance.hpp"

namespace nova::loader {

using SaveOp = decltype(nova_model_ops::save);
using LoadOp = decltype(nova_model_ops::load);

// The state of these keys (empty = all), at most 1 GiB, in a frame (state_frame.hpp). Errors:
// unimplemented where `op` is null; the call's own.
Result<std::string> save_state(Instance& instance, SaveOp op,
                               const std::vector<std::uint64_t>& keys, TimePoint watermark,
                               Duration timeout);

// Gives a frame back and returns its watermark. Errors: unimplemented where `op` is null; data_loss
// (frame or checksum broken); failed_precondition (of another component); the call's own.
Result<TimePoint> load_state(Instance& instance, LoadOp op, std::string_view frame,
                             Duration timeout);

}  // namespace nova::loader
