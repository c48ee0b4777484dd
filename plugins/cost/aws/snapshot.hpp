// The last good prices on disk, so that a restart begins with them and their age.
//
// Form: one line "novascale-aws-prices 1 <crc32, 8 hex digits> <bytes>", then that many bytes of
// JSON. Written beside the file, synced and renamed over it, so that a reader finds the old or the
// new one, whole. One writer at a time.
#pragma once

#include <string>
#include <vector>

#include "section.hpp"

namespace nova::cloud {

// Fills as_of, prices and machines of those sections that the file knows under the same region,
// systems, types and source. No file: nothing. Returns what is to be said of the file: that it was
// read from another endpoint and is not used for that; "" = nothing. Throws nova::Error with a
// sentence for a file that is not whole, not ours, or from the future; then no section is changed.
std::string load_snapshot(const std::string& path, std::vector<Section>& sections,
                          std::int64_t now_ns);

// Throws nova::Error (NOVA_UNAVAILABLE) when it cannot be written; the old file stays.
void save_snapshot(const std::string& path, const std::vector<Section>& sections);

}  // namespace nova::cloud
