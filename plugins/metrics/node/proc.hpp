// What /proc says, read as figures. In: the text of one file. Out: samples; of text that is not as
// the kernel writes it, whatever can be told for certain. Pure, but for read_proc.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "figure.hpp"

namespace nova::node {

// ticks: the kernel's in a second (_SC_CLK_TCK).
Samples read_stat(const std::string& text, double ticks);
Samples read_loadavg(const std::string& text);
Samples read_meminfo(const std::string& text);
Samples read_net(const std::string& text);
// is_disk: whether a device is a whole disk, not a part of one, a loop or memory.
Samples read_disks(const std::string& text, const std::function<bool(const std::string&)>& is_disk);
// of: "cpu", "memory", "io".
Samples read_pressure(const std::string& text, const std::string& of);

// A source of the machine whose /proc and /sys lie below root. Throws nova::Error NOVA_NOT_FOUND
// with the file that cannot be read.
Samples read_proc(Source source, const std::filesystem::path& root);

}  // namespace nova::node
