#include "snapshot.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

namespace nova::cloud {
namespace {

constexpr char kMagic[] = "novascale-aws-prices 1";
constexpr std::size_t kMostBytes = 256 << 20;
constexpr std::int64_t kAheadNs = 5LL * 60 * 1'000'000'000;  // clocks differ a little

const char* word(Section::Kind kind) {
  return kind == Section::Kind::types  ? "types"
         : kind == Section::Kind::spot ? "spot"
                                       : "on-demand";
}

unsigned long checksum(const std::string& body) {
  return crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
}

Json key_of(const Section& s) {
  return {{"kind", word(s.kind)},
          {"region", s.region},
          {"systems", s.systems},
          {"types", s.types},
          {"source", s.source}};
}

// The JSON behind the first line; null JSON where there is no file.
Json read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return nullptr;
    throw Error(NOVA_UNAVAILABLE, std::strerror(errno));
  }
  std::string first;
  std::getline(file, first);
  unsigned long sum = 0;
  unsigned long long size = 0;
  int end = 0;
  const std::string form = std::string(kMagic) + " %8lx %llu%n";
  if (std::sscanf(first.c_str(), form.c_str(), &sum, &size, &end) != 2 ||
      static_cast<std::size_t>(end) != first.size() || size > kMostBytes)
    throw Error(NOVA_FAILED_PRECONDITION, std::string("does not begin with ") + kMagic);
  std::ostringstream rest;
  rest << file.rdbuf();
  const auto body = std::move(rest).str();
  if (body.size() != size)
    throw Error(NOVA_FAILED_PRECONDITION, "is not whole: " + std::to_string(body.size()) + " of " +
                                              std::to_string(size) + " bytes");
  if (checksum(body) != sum) throw Error(NOVA_FAILED_PRECONDITION, "its checksum is wrong");
  return Json::parse(body);
}

// Where the prices of a source were read.
std::string place_of(const std::string& source) {
  const auto at = source.find(" at ");
  return at == std::string::npos ? "AWS" : source.substr(at + 4);
}

// The same list, asked of somebody else.
bool same_elsewhere(const Json& a, Json b) {
  b["source"] = a.at("source");
  return a == b;
}

// By index, so that what does not have the form throws.
void fill(Section& s, const Json& json) {
  s.as_of_ns = json.at("as_of_ns").get<std::int64_t>();
  for (const auto& p : json.at("prices"))
    s.prices.push_back({p.at(0), p.at(1), p.at(2), p.at(3).get<std::int64_t>(), ""});
  for (const auto& m : json.at("machines"))
    s.machines.push_back(
        {m.at(0), m.at(1), m.at(2).get<double>(), m.at(3).get<double>(), m.at(4).get<double>()});
}

}  // namespace

std::string load_snapshot(const std::string& path, std::vector<Section>& sections,
                          std::int64_t now_ns) {
  auto filled = sections;
  std::string remark;
  try {
    const auto json = read(path);
    if (json.is_null()) return {};
    for (const auto& one : json.at("sections"))
      for (auto& s : filled) {
        const auto& of = one.at("of");
        if (s.as_of_ns != NOVA_NONE) continue;
        if (of == key_of(s)) {
          fill(s, one);
          if (s.as_of_ns < 0 || s.as_of_ns > now_ns + kAheadNs)
            throw Error(NOVA_FAILED_PRECONDITION, "is from the future: the clock was set back");
        } else if (remark.empty() && same_elsewhere(of, key_of(s))) {
          remark = "the price snapshot " + path + " was read from " +
                   place_of(of.at("source").get<std::string>()) + ", and " + place_of(s.source) +
                   " is asked now: what it has from there is not used";
        }
      }
  } catch (const std::exception& e) {
    throw Error(NOVA_FAILED_PRECONDITION, "the price snapshot " + path + " " + e.what());
  }
  sections = std::move(filled);
  return remark;
}

void save_snapshot(const std::string& path, const std::vector<Section>& sections) {
  auto list = Json::array();
  for (const auto& s : sections) {
    if (s.as_of_ns == NOVA_NONE) continue;
    auto prices = Json::array(), machines = Json::array();
    for (const auto& p : s.prices) prices.push_back({p.zone, p.type, p.os, p.nanos});
    for (const auto& m : s.machines)
      machines.push_back({m.type, m.arch, m.vcpus, m.memory_mib, m.gpus});
    list.push_back({{"of", key_of(s)},
                    {"as_of_ns", s.as_of_ns},
                    {"prices", std::move(prices)},
                    {"machines", std::move(machines)}});
  }
  const auto body = Json{{"sections", std::move(list)}}.dump();
  char first[96];
  std::snprintf(first, sizeof first, "%s %08lx %zu\n", kMagic, checksum(body), body.size());
  const auto beside = path + ".new";
  const auto fail = [&](const char* what) {
    const std::string why = std::strerror(errno);
    ::unlink(beside.c_str());
    throw Error(NOVA_UNAVAILABLE, "the price snapshot " + path + " cannot be " + what + ": " + why);
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(beside.c_str(), "wbe"),
                                                             &std::fclose);
  if (file == nullptr) fail("written");
  if (std::fputs(first, file.get()) < 0 ||
      std::fwrite(body.data(), 1, body.size(), file.get()) != body.size() ||
      std::fflush(file.get()) != 0 || ::fsync(::fileno(file.get())) != 0)
    fail("written");
  if (std::rename(beside.c_str(), path.c_str()) != 0) fail("put in place");
}

}  // namespace nova::cloud
