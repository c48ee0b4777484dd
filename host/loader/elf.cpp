#include "host/loader/elf.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace nova::loader {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half kMachine = EM_RISCV;
#else
#error "say which ELF machine this host loads"
#endif

// A private copy of the file: nobody can shorten it while we look (which would be SIGBUS in a map).
Result<std::string> contents(const std::filesystem::path& file) {
  constexpr off_t kLargest = off_t{1} << 30;
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return Error{ErrorCode::not_found, file.string() + ": " + std::strerror(errno)};
  struct stat status {};
  std::string bytes;
  bool good = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= kLargest;
  if (good) {
    bytes.resize(static_cast<std::size_t>(status.st_size));
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto got = read(fd, bytes.data() + done, bytes.size() - done);
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
  }
  close(fd);
  if (!good) return Error{ErrorCode::invalid_argument, file.string() + ": not a regular file"};
  return bytes;
}

// The `count` records of type T at `offset`, or nothing if they reach past the end.
template <class T>
bool take(std::string_view bytes, std::uint64_t offset, std::uint64_t count, std::vector<T>& out) {
  if (offset > bytes.size() || count > (bytes.size() - offset) / sizeof(T)) return false;
  out.resize(count);
  if (count) std::memcpy(out.data(), bytes.data() + offset, count * sizeof(T));
  return true;
}

Result<void> check_header(const Elf64_Ehdr& header) {
  const auto refuse = [](std::string what) {
    return Error{ErrorCode::invalid_argument, std::move(what)};
  };
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return refuse("not a 64-bit ELF file");
  if (header.e_ident[EI_DATA] != ELFDATA2LSB) return refuse("not a little-endian ELF file");
  if (header.e_machine != kMachine)
    return refuse("built for another processor (ELF machine " + std::to_string(header.e_machine) +
                  ", this is " + std::to_string(kMachine) + ")");
  if (header.e_type != ET_DYN) return refuse("an ELF file, but not a shared object");
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_phentsize != sizeof(Elf64_Phdr))
    return refuse("malformed ELF header: odd table entry sizes");
  return {};
}

}  // namespace

Result<std::vector<std::string>> exported_symbols(const std::filesystem::path& file) {
  const auto read = contents(file);
  if (!read) return read.error();
  const std::string_view bytes = *read;
  const auto refuse = [&](const std::string& what) {
    return Error{ErrorCode::invalid_argument, file.string() + ": " + what};
  };
  if (bytes.size() < SELFMAG || bytes.substr(0, SELFMAG) != ELFMAG)
    return refuse("not a shared object (no ELF magic)");
  std::vector<Elf64_Ehdr> header;
  if (!take(bytes, 0, 1, header)) return refuse("truncated ELF file: no room for its header");
  if (const auto good = check_header(header[0]); !good) return refuse(good.error().message);

  // Segments are what the dynamic linker maps: past the end of the file they would be SIGBUS.
  std::vector<Elf64_Phdr> segments;
  if (!take(bytes, header[0].e_phoff, header[0].e_phnum, segments))
    return refuse("truncated ELF file: program headers reach past its end");
  for (const auto& segment : segments)
    if (segment.p_type == PT_LOAD &&
        (segment.p_offset > bytes.size() || segment.p_filesz > bytes.size() - segment.p_offset))
      return refuse("truncated ELF file: a segment reaches past its end");

  std::vector<Elf64_Shdr> sections;
  if (!take(bytes, header[0].e_shoff, header[0].e_shnum, sections) || sections.empty())
    return refuse("truncated ELF file: section headers reach past its end");
  std::vector<std::string> names;
  for (const auto& section : sections) {
    if (section.sh_type != SHT_DYNSYM) continue;
    std::vector<Elf64_Sym> symbols;
    if (section.sh_link >= sections.size() ||
        !take(bytes, section.sh_offset, section.sh_size / sizeof(Elf64_Sym), symbols))
      return refuse("malformed ELF file: its symbol table reaches past its end");
    const auto& strings = sections[section.sh_link];
    if (strings.sh_offset > bytes.size() || strings.sh_size > bytes.size() - strings.sh_offset)
      return refuse("malformed ELF file: its string table reaches past its end");
    const auto text = bytes.substr(strings.sh_offset, strings.sh_size);
    for (const auto& symbol : symbols) {
      if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL) continue;
      if (symbol.st_name >= text.size()) return refuse("malformed ELF file: a symbol has no name");
      const auto name = text.substr(symbol.st_name);
      const auto end = name.find('\0');
      if (end == name.npos) return refuse("malformed ELF file: an endless symbol name");
      names.emplace_back(name.substr(0, end));
    }
  }
  return names;
}

}  // namespace nova::loader
