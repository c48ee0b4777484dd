#include "host/loader/trust.hpp"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

namespace nova::loader {
namespace {

Result<void> check_one(const std::filesystem::path& path, const char* what) {
  struct stat status {};
  const auto refuse = [&](const std::string& why) {
    return Error{ErrorCode::permission_denied, path.string() + ": " + why};
  };
  if (stat(path.c_str(), &status) != 0) return refuse(std::strerror(errno));
  if (status.st_uid != 0 && status.st_uid != geteuid())
    return refuse(std::string(what) + " must be owned by root or by the service user (" +
                  std::to_string(geteuid()) + "), is owned by " + std::to_string(status.st_uid));
  if (status.st_mode & S_IWOTH)
    return refuse(std::string(what) + " is world-writable: anybody could replace the plugin");
  const bool private_group = status.st_uid != 0 && status.st_gid == status.st_uid;
  if ((status.st_mode & S_IWGRP) && !private_group)
    return refuse(std::string(what) + " is group-writable: others could replace the plugin");
  return {};
}

}  // namespace

Result<void> check_ownership(const std::filesystem::path& file) {
  if (auto good = check_one(file, "the file"); !good) return good;
  return check_one(file.parent_path(), "the directory");
}

Result<std::string> sha256_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                       &EVP_MD_CTX_free);
  if (!in || !digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1)
    return Error{ErrorCode::unavailable, file.string() + ": cannot be read"};
  char chunk[1 << 14];
  while (in.read(chunk, sizeof chunk), in.gcount() > 0)
    EVP_DigestUpdate(digest.get(), chunk, static_cast<std::size_t>(in.gcount()));
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(digest.get(), bytes, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[bytes[i] >> 4];
    hex += "0123456789abcdef"[bytes[i] & 15];
  }
  return hex;
}

}  // namespace nova::loader
