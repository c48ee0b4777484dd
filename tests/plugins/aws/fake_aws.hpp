// The loopback fake of AWS (fake_aws.py) as a process of one test.
#pragma once

#include "tests/plugins/fake_server.hpp"

namespace nova_test {

struct FakeAws : FakeServer {
  FakeAws() : FakeServer("aws/fake_aws.py") {}
};

}  // namespace nova_test
