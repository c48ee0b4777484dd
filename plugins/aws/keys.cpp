#include "keys.hpp"

namespace nova::aws {

Keys keys_of(const Context& context) {
  const auto word = [&](const char* key) {
    if (!context.has(key)) return std::string();
    auto value = context.secret(context.text(key));
    value.erase(value.find_last_not_of(" \t\r\n") + 1);  // a file ends with a line break
    for (const char c : value)
      if (c <= ' ' || c > '~')
        throw Error(NOVA_UNAUTHENTICATED,
                    context.config().pointer(key) + ": its value is not one word of ASCII");
    if (value.empty())
      throw Error(NOVA_UNAUTHENTICATED, context.config().pointer(key) + ": its value is empty");
    return value;
  };
  return {word("access_key"), word("secret_key"), word("session_token")};
}

}  // namespace nova::aws
