// A catalogue: the tables of one cloud's prices as make_catalogue.py laid them out.
//
// Input: the bytes that were built into the plugin; they are read where they lie, so opening costs
// no more than its short header. Output: columns. Called by PriceBook. Bytes that are no catalogue
// are refused with nova::Error (NOVA_INTERNAL); after that every column can be trusted to lie
// inside. Immutable, so safe to read from any thread.
#pragma once

#include <novascale/config.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nova::cloud {

class Catalogue {
 public:
  // Borrows: the bytes must outlive it and begin at a multiple of 8.
  explicit Catalogue(std::span<const std::byte> bytes);

  const Json& header() const noexcept { return header_; }

  bool has(std::string_view column) const;
  // Of T = std::uint8_t, std::uint16_t, std::uint32_t or double.
  template <class T>
  std::span<const T> column(std::string_view name) const;
  std::vector<std::string_view> texts(std::string_view name) const;

 private:
  std::span<const std::byte> cells(std::string_view name, const char* kind,
                                   std::size_t width) const;

  Json header_;
  std::span<const std::byte> body_;
};

}  // namespace nova::cloud

// Builds a file into the program: a function `std::span<const std::byte> name()`. One use a source
// file. The source must name the file in its OBJECT_DEPENDS, so that it is built anew when it
// changes.
#define NOVA_EMBED(name, path)                                                                    \
  __asm__(".pushsection .rodata\n.balign 16\n.hidden " #name "_begin\n.hidden " #name             \
          "_end\n.globl " #name "_begin\n.globl " #name "_end\n" #name "_begin:\n.incbin \"" path \
          "\"\n" #name "_end:\n.popsection\n");                                                   \
  extern "C" const std::byte name##_begin[], name##_end[];                                        \
  static std::span<const std::byte> name() { return {name##_begin, name##_end}; }
