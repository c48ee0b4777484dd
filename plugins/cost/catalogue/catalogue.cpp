#include "catalogue.hpp"

#include <bit>
#include <cstring>

namespace nova::cloud {

namespace {

static_assert(std::endian::native == std::endian::little, "catalogues are little-endian");

constexpr std::string_view kMagic = "NOVACAT1";
constexpr std::size_t kPreamble = 16;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(NOVA_INTERNAL, "price catalogue: " + what);
}

template <class T>
constexpr const char* kKind = nullptr;
template <>
constexpr const char* kKind<std::uint8_t> = "u8";
template <>
constexpr const char* kKind<std::uint16_t> = "u16";
template <>
constexpr const char* kKind<std::uint32_t> = "u32";
template <>
constexpr const char* kKind<double> = "f64";

std::size_t size_of(const Json& column, const char* key) {
  const auto at = column.find(key);
  if (at == column.end() || !at->is_number_unsigned()) refuse(std::string("no ") + key);
  return at->get<std::size_t>();
}

}  // namespace

Catalogue::Catalogue(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.substr(0, kMagic.size()) != kMagic || text.size() < kPreamble)
    refuse("does not begin with " + std::string(kMagic));
  if (std::bit_cast<std::uintptr_t>(bytes.data()) % 8 != 0) refuse("lies at an odd address");
  std::uint32_t size = 0;
  std::memcpy(&size, bytes.data() + kMagic.size(), sizeof size);
  if (size % 8 != 0 || size > text.size() - kPreamble) refuse("its header does not fit");
  header_ = Json::parse(text.substr(kPreamble, size), nullptr, false);
  if (!header_.is_object() || !header_.contains("columns") || !header_["columns"].is_object())
    refuse("its header is no object with columns");
  body_ = bytes.subspan(kPreamble + size);
}

bool Catalogue::has(std::string_view column) const {
  return header_["columns"].contains(std::string(column));
}

std::span<const std::byte> Catalogue::cells(std::string_view name, const char* kind,
                                            std::size_t width) const {
  const auto& columns = header_["columns"];
  const auto at = columns.find(std::string(name));
  if (at == columns.end() || !at->is_object()) refuse("no column " + std::string(name));
  if (at->value("as", "") != kind) refuse(std::string(name) + " is not of kind " + kind);
  const std::size_t begin = size_of(*at, "at"), length = size_of(*at, "bytes"),
                    rows = size_of(*at, "rows");
  if (begin % 8 != 0 || begin > body_.size() || length > body_.size() - begin)
    refuse(std::string(name) + " lies outside");
  if (width != 0 && (length % width != 0 || length / width != rows))
    refuse(std::string(name) + " has not the rows it says");
  return body_.subspan(begin, length);
}

template <class T>
std::span<const T> Catalogue::column(std::string_view name) const {
  const auto raw = cells(name, kKind<T>, sizeof(T));
  return {reinterpret_cast<const T*>(raw.data()), raw.size() / sizeof(T)};
}
template std::span<const std::uint8_t> Catalogue::column(std::string_view) const;
template std::span<const std::uint16_t> Catalogue::column(std::string_view) const;
template std::span<const std::uint32_t> Catalogue::column(std::string_view) const;
template std::span<const double> Catalogue::column(std::string_view) const;

std::vector<std::string_view> Catalogue::texts(std::string_view name) const {
  const auto raw = cells(name, "text", 0);
  std::string_view rest(reinterpret_cast<const char*>(raw.data()), raw.size());
  std::vector<std::string_view> rows;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (end == rest.npos) refuse(std::string(name) + " has a row without end");
    rows.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  if (rows.size() != size_of(header_["columns"][std::string(name)], "rows"))
    refuse(std::string(name) + " has not the rows it says");
  return rows;
}

}  // namespace nova::cloud
