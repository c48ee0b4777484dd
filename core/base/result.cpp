#include "core/base/result.hpp"

namespace nova {

const char* to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::ok:
      return "ok";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::deadline_exceeded:
      return "deadline_exceeded";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::permission_denied:
      return "permission_denied";
    case ErrorCode::resource_exhausted:
      return "resource_exhausted";
    case ErrorCode::capacity:
      return "capacity";
    case ErrorCode::quota:
      return "quota";
    case ErrorCode::throttled:
      return "throttled";
    case ErrorCode::failed_precondition:
      return "failed_precondition";
    case ErrorCode::aborted:
      return "aborted";
    case ErrorCode::out_of_range:
      return "out_of_range";
    case ErrorCode::unimplemented:
      return "unimplemented";
    case ErrorCode::internal:
      return "internal";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::data_loss:
      return "data_loss";
    case ErrorCode::unauthenticated:
      return "unauthenticated";
  }
  return "unknown";
}

}  // namespace nova
