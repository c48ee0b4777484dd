// Figures of libvirt's domains: all of them in one call.
#pragma once

#include <libvirt/libvirt.h>

#include "figure.hpp"
#include "plugins/libvirt/connection.hpp"

namespace nova::node {

// One domain's, out of what virConnectGetAllDomainStats tells of it. What a driver leaves out is
// left out here. Pure.
Samples domain_samples(const std::string& name, const virTypedParameter* params, int count);

// Throws nova::Error, NOVA_UNAVAILABLE where libvirt does not answer.
Samples read_domains(virt::Connection& connection);

}  // namespace nova::node
