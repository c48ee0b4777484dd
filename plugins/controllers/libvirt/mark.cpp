#include "mark.hpp"

#include <charconv>
#include <pugixml.hpp>
#include <sstream>

namespace nova::libvirt {
namespace {

std::string hex_of(const Token& token) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const auto byte : token) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

Token token_of(const std::string& hex) {
  Token out{};
  if (hex.size() != 2 * out.size()) return {};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto* at = hex.data() + 2 * i;
    const auto [end, wrong] = std::from_chars(at, at + 2, out[i], 16);
    if (wrong != std::errc() || end != at + 2) return {};
  }
  return out;
}

template <class Number>
Number number_of(pugi::xml_node node, const char* name, Number absent) {
  const std::string text = node.attribute(name).value();
  Number out{};
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  return wrong == std::errc() && end == text.data() + text.size() && !text.empty() ? out : absent;
}

}  // namespace

std::string to_xml(const Mark& mark) {
  pugi::xml_document xml;
  auto node = xml.append_child("machine");
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) node.append_attribute(name) = value.c_str();
  };
  const auto put_time = [&](const char* name, std::int64_t ns) {
    if (ns != NOVA_NONE) put(name, std::to_string(ns));
  };
  put("group", mark.group), put("offer", mark.offer);
  if (mark.token != Token{})
    put("token", hex_of(mark.token)), put("desired", std::to_string(mark.desired));
  put_time("created_ns", mark.created_ns), put_time("started_ns", mark.started_ns);
  put_time("serving_ns", mark.serving_ns);
  if (mark.on) put("on", "true");
  if (mark.leaves()) put("left", hex_of(mark.left)), put("remain", std::to_string(mark.remain));
  put_time("left_ns", mark.left_ns);
  if (mark.chosen) put("chosen", "true");
  std::ostringstream out;
  xml.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

std::optional<Mark> parse_mark(const std::string& xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return std::nullopt;
  const auto node = document.document_element();
  const std::string name = node.name();
  if (name.substr(name.find(':') + 1) != "machine") return std::nullopt;
  Mark out;
  out.group = node.attribute("group").value();
  if (out.group.empty()) return std::nullopt;
  out.offer = node.attribute("offer").value();
  out.token = token_of(node.attribute("token").value());
  out.desired = number_of(node, "desired", std::uint32_t{0});
  out.created_ns = number_of(node, "created_ns", NOVA_NONE);
  out.started_ns = number_of(node, "started_ns", NOVA_NONE);
  out.serving_ns = number_of(node, "serving_ns", NOVA_NONE);
  out.on = node.attribute("on").as_bool();
  out.left = token_of(node.attribute("left").value());
  out.remain = number_of(node, "remain", std::uint32_t{0});
  out.left_ns = number_of(node, "left_ns", NOVA_NONE);
  out.chosen = node.attribute("chosen").as_bool();
  return out;
}

}  // namespace nova::libvirt
