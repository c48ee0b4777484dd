// Who we are to AWS, out of an operator's settings access_key, secret_key and session_token.
#pragma once

#include <novascale/context.hpp>

#include "failure.hpp"

#define NOVA_AWS_KEYS                                                                                     \
  R"("access_key": {"type": "string", "x-secret": true, "title": "Reference to the access key id"},)"     \
  R"("secret_key": {"type": "string", "x-secret": true, "title": "Reference to the secret access key"},)" \
  R"("session_token": {"type": "string", "x-secret": true, "title": "Reference to the token of temporary keys"})"

namespace nova::aws {

// Read anew each time: they may have been rotated. Throws nova::Error: NOVA_UNAUTHENTICATED with
// the pointer of what is empty or no word.
Keys keys_of(const Context& context);

}  // namespace nova::aws
