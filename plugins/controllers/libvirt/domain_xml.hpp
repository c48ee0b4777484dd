// A machine's domain XML out of a group's template.
//
// The template is a <domain> as `virsh dumpxml` writes it. Of it, a machine gets its own name, uuid
// and MAC addresses (libvirt's to choose), its offer's vcpus and memory, and the mark; "{name}"
// stands for its name wherever else it is needed, as in the path of a disk. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "mark.hpp"

namespace nova::libvirt {

struct Size {  // 0 = as in the template
  std::uint32_t vcpus = 0;
  std::uint64_t memory_mib = 0;
};

// Throws nova::Error NOVA_INVALID_ARGUMENT where the text is no <domain> or tells no memory.
void check_template(const std::string& xml);
// The memory a machine of it gets, in KiB.
std::uint64_t memory_kib(const std::string& xml, const Size& size);
std::string make_domain(const std::string& xml, const std::string& name, const Size& size,
                        const Mark& mark);

// `text` with the machine's name for "{name}".
std::string filled_in(std::string text, const std::string& name);
// The XML of a copy of a volume, under another name.
std::string make_volume(const std::string& xml, const std::string& name);

// "web-3": the first number from 1 whose name is free. What a name must not hold becomes '-'.
std::string free_name(const std::string& group, const std::set<std::string>& taken);

}  // namespace nova::libvirt
