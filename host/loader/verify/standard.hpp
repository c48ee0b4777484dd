// One call that every component of a kind must answer, with its argument struct at hand: for checks
// that are the same for all kinds (threads, growth of structs, instances).
//
// model forecast, metrics latest, cost quote, controller poll, sink write, policy propose.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/loader/verify/rig.hpp"

namespace nova::verify {

// How an argument struct is handed over.
struct Shape {
  std::uint32_t cut = 0;    // bytes off the end: an older caller
  std::uint32_t extra = 0;  // bytes of a newer one, of no meaning to us
  std::uint32_t flags = 0;  // or'ed into flags
};

struct StandardAnswer {
  nova_status code = NOVA_OK;
  std::string message;
  std::string output;  // the bytes of all output columns
};

class StandardCall {
 public:
  virtual ~StandardCall() = default;
  // What it needs before: bind, fit.
  virtual void prepare(const Object& object) = 0;
  StandardAnswer run(const Object& object, CallBox& box, const Shape& shape = {}) {
    return run_with(object, &box.call, box, shape);
  }
  // With a nova_call laid out by the caller.
  virtual StandardAnswer run_with(const Object& object, const nova_call* call, CallBox& box,
                                  const Shape& shape) = 0;
  virtual const char* operation() const = 0;
  virtual const char* struct_name() const = 0;
  virtual const char* last_name() const { return "item_status"; }  // of the struct's last member
  virtual std::uint32_t last_field() const = 0;                    // its bytes
};

// With `items` rows; the kinds that need bindings have as many as the setup gives. Models and
// policies are given other series, under other keys, for each `variant`; metric sources the same
// keys in another order.
std::unique_ptr<StandardCall> standard_call(const Rig& rig, std::size_t items = 3,
                                            std::size_t variant = 0);

}  // namespace nova::verify
