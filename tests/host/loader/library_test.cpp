// Goal: whatever file or descriptor comes along, Library::open answers with a clear error and the
// host lives on; and an honest library loads.
// Method: a table of lies, each a library of its own (tests/support/hostile.c), then files that are
// not plugins at all, then the trust rules on a copy whose mode and owner are changed.
#include "host/loader/library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "host/loader/safe_read.hpp"
#include "host/loader/trust.hpp"

namespace nova::loader {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kSupport = fs::path(NOVA_BUILD_DIR) / "tests/support";

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

// A folder of our own, mode 0755, gone at the end.
class TrustTest : public testing::Test {
 protected:
  TrustTest() {
    char pattern[] = "/tmp/novascale-trust-XXXXXX";
    folder_ = mkdtemp(pattern);
    chmod(folder_.c_str(), 0755);
    library_ = folder_ / "honest.so";
    fs::copy_file(kSupport / "honest.so", library_);
    chmod(library_.c_str(), 0755);
  }
  ~TrustTest() override { fs::remove_all(folder_); }

  std::string message(const LoadPolicy& policy = {}) const {
    const auto opened = Library::open(library_, policy);
    return opened ? "opened" : opened.error().message;
  }

  fs::path folder_, library_;
};

TEST(LibraryOpen, TakesAnHonestPlugin) {
  const auto library = Library::open(kSupport / "honest.so");
  ASSERT_TRUE(library.ok()) << library.error().message;
  const auto& info = (*library)->info();
  EXPECT_EQ(info.id, "org.novacron.test");
  EXPECT_EQ(info.abi_major, 1);
  ASSERT_EQ(info.components.size(), 1u);
  EXPECT_EQ(info.components[0].kind, Kind::model);
  EXPECT_TRUE(info.components[0].concurrent());
  EXPECT_EQ(info.components[0].operations, std::vector<std::string>{"forecast"});
  EXPECT_EQ((*library)->find("org.novacron.test.honest"), &info.components[0]);
  EXPECT_EQ((*library)->find("org.novacron.test.hones"), nullptr);
}

TEST(LibraryOpen, NamesEveryLie) {
  const struct {
    const char* lie;
    ErrorCode code;
    const char* message;
  } cases[] = {
      {"constructor", ErrorCode::invalid_argument, "not a plugin: it does not export"},
      {"wrong_major", ErrorCode::unimplemented, "this host speaks ABI major 1, the plugin 7"},
      {"null_components", ErrorCode::invalid_argument, "plugin.components: null"},
      {"null_component", ErrorCode::invalid_argument, "component 0: is null"},
      {"unmapped_component", ErrorCode::invalid_argument, "component 0: points to memory"},
      {"null_ops", ErrorCode::invalid_argument, "component 0.ops: is null"},
      {"null_create", ErrorCode::invalid_argument, "component 0.create: is mandatory and null"},
      {"null_mandatory", ErrorCode::invalid_argument, "ops.forecast: is mandatory and null"},
      {"wild_function", ErrorCode::invalid_argument, "ops.forecast: points to memory"},
      {"lying_plugin_size", ErrorCode::invalid_argument, "plugin.struct_size: must be"},
      {"lying_component_size", ErrorCode::invalid_argument, "component 0.struct_size: must be"},
      {"small_component", ErrorCode::invalid_argument, "component 0.struct_size: must be"},
      {"lying_ops_size", ErrorCode::invalid_argument, "ops.struct_size: must be"},
      {"odd_ops_size", ErrorCode::invalid_argument, "multiple of 8, got 47"},
      {"small_ops", ErrorCode::invalid_argument, "mandatory functions of nova.model/1 need 32"},
      {"null_id", ErrorCode::invalid_argument, "component 0.id: is null"},
      {"unmapped_id", ErrorCode::invalid_argument, "component 0.id: must be readable"},
      {"unterminated_id", ErrorCode::invalid_argument, "component 0.id: must be readable"},
      {"bad_id", ErrorCode::invalid_argument, "must look like com.example.drift"},
      {"not_utf8", ErrorCode::invalid_argument, "component 0.name: is not UTF-8"},
      {"duplicate_id", ErrorCode::invalid_argument, "is there twice (duplicate)"},
      {"too_many", ErrorCode::invalid_argument, "component_count: must be 1 to 256, got 100000"},
      {"none", ErrorCode::invalid_argument, "component_count: must be 1 to 256, got 0"},
      {"count_beyond", ErrorCode::invalid_argument, "component"},
      {"schema_not_json", ErrorCode::invalid_argument, "config_schema: is not JSON"},
      {"schema_not_object", ErrorCode::invalid_argument, "config_schema: must be a JSON object"},
      {"must_understand", ErrorCode::invalid_argument, "must-understand bits"},
      {"unknown_interface", ErrorCode::invalid_argument, "one asks for \"nova.teapot/1\""},
      {"two_descriptors", ErrorCode::invalid_argument, "same descriptor every time"},
      {"null_descriptor", ErrorCode::invalid_argument, "its entry returned null"},
      {"unmapped_descriptor", ErrorCode::invalid_argument, "plugin: points to memory"},
      {"missing_symbol", ErrorCode::unavailable, "undefined symbol: nobody_defines_this"},
      {"missing_dependency", ErrorCode::unavailable, "libvanishing.so: cannot open shared object"},
  };
  for (const auto& [lie, code, message] : cases) {
    const auto path = kSupport / (std::string("hostile_") + lie + ".so");
    const auto opened = Library::open(path);
    ASSERT_FALSE(opened.ok()) << lie;
    EXPECT_EQ(opened.error().code, code) << lie << ": " << opened.error().message;
    EXPECT_THAT(opened.error().message, HasSubstr(message)) << lie;
    EXPECT_THAT(opened.error().message, HasSubstr(path.filename().string())) << lie;
  }
}

TEST(LibraryOpen, OfATableThatIsNotThereNoBytesAreAsked) {
  const auto opened = Library::open(kSupport / "hostile_null_ops.so");
  EXPECT_THAT(opened.error().message, testing::EndsWith("component 0.ops: is null"));
}

TEST(LibraryOpen, RunsNoCodeOfALibraryThatIsNotAPlugin) {
  const auto proof = kSupport / "constructor_ran";
  fs::remove(proof);
  EXPECT_FALSE(Library::open(kSupport / "hostile_constructor.so").ok());
  EXPECT_FALSE(fs::exists(proof));
}

TEST(LibraryOpen, AsksTheSchemaCheck) {
  LoadPolicy policy;
  policy.schema_check = [](std::string_view schema) -> Result<void> {
    EXPECT_THAT(std::string(schema), HasSubstr("properties"));
    return Error{ErrorCode::invalid_argument, "/properties: too few"};
  };
  const auto opened = Library::open(kSupport / "honest.so", policy);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message, HasSubstr("component 0.config_schema: /properties: too few"));
}

TEST_F(TrustTest, NamesFilesThatAreNoLibraries) {
  const auto whole = contents(library_);
  auto other_machine = whole;
  other_machine[18] = 0x28;  // e_machine: EM_ARM
  other_machine[19] = 0;
  auto other_class = whole;
  other_class[4] = 1;  // ELFCLASS32
  auto program = whole;
  program[16] = 2;  // e_type: ET_EXEC
  auto no_sections = whole;
  std::fill_n(no_sections.begin() + 40, 8, '\xff');  // e_shoff
  const std::tuple<const char*, std::string, const char*> cases[] = {
      {"empty", "", "not a shared object"},
      {"text", "#!/bin/sh\necho I am a plugin\n", "not a shared object (no ELF magic)"},
      {"magic only", whole.substr(0, 4), "truncated ELF file: no room for its header"},
      {"header only", whole.substr(0, 64), "truncated ELF file: program headers"},
      {"half", whole.substr(0, whole.size() / 2), "truncated ELF file"},
      {"no tail", whole.substr(0, whole.size() - 100), "truncated ELF file: section headers"},
      {"another processor", other_machine, "built for another processor"},
      {"32 bits", other_class, "not a 64-bit ELF file"},
      {"a program", program, "not a shared object"},
      {"sections nowhere", no_sections, "truncated ELF file: section headers"},
  };
  for (const auto& [name, bytes, wanted] : cases) {
    write(library_, bytes);
    EXPECT_THAT(message(), HasSubstr(wanted)) << name;
  }
}

// Every prefix and every damaged byte of the headers is an answer, never a crash. Only the reading
// of exports is exercised: what the linker does with a damaged body is its own affair, so the entry
// is renamed and nothing is ever mapped.
TEST_F(TrustTest, SurvivesDamagedElfFiles) {
  auto whole = contents(library_);
  for (auto at = whole.find("nova_plugin_entry_v1"); at != whole.npos;
       at = whole.find("nova_plugin_entry_v1", at))
    whole[at] = 'N';
  for (std::size_t size = 0; size < whole.size(); size += 61) {
    write(library_, whole.substr(0, size));
    EXPECT_NE(message(), "opened") << size;
  }
  const auto sections = whole.size() - 64 * 40;  // the section headers stand last
  for (std::size_t i = 0; i < 600; ++i) {
    auto damaged = whole;
    const auto at = i < 64 ? i : sections + (i - 64) * 4;
    damaged[at % damaged.size()] = static_cast<char>(0xff);
    write(library_, damaged);
    EXPECT_NE(message(), "opened") << at;
  }
}

TEST_F(TrustTest, RefusesWhatOthersMayWrite) {
  EXPECT_EQ(message(), "opened");
  chmod(library_.c_str(), 0757);
  EXPECT_THAT(message(), HasSubstr("the file is world-writable"));
  LoadPolicy careless;
  careless.check_owner = false;
  EXPECT_EQ(message(careless), "opened");
  chmod(library_.c_str(), 0755);
  chmod(folder_.c_str(), 01777);
  EXPECT_THAT(message(), HasSubstr("the directory is world-writable"));
  chmod(folder_.c_str(), 0775);
  if (geteuid() == 0) {
    EXPECT_THAT(message(), HasSubstr("the directory is group-writable"));
  }
  chmod(folder_.c_str(), 0755);
  EXPECT_EQ(message(), "opened");
}

TEST_F(TrustTest, RefusesAForeignOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(chown(library_.c_str(), 65534, 65534), 0);
  EXPECT_THAT(message(), HasSubstr("the file must be owned by root or by the service user (0)"));
  ASSERT_EQ(chown(library_.c_str(), 0, 0), 0);
  ASSERT_EQ(chown(folder_.c_str(), 65534, 65534), 0);
  EXPECT_THAT(message(), HasSubstr("the directory must be owned by root"));
}

TEST_F(TrustTest, LooksBehindLinks) {
  const auto link = folder_ / "link.so";
  fs::create_symlink(library_, link);
  const auto opened = Library::open(link);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ((*opened)->path(), library_);
  fs::remove(library_);
  EXPECT_EQ(Library::open(link).error().code, ErrorCode::not_found);
}

TEST_F(TrustTest, ChecksThePin) {
  LoadPolicy policy;
  policy.require_pin = true;
  EXPECT_THAT(message(policy), HasSubstr("has no sha256 pin"));
  policy.sha256 = std::string(64, '0');
  EXPECT_THAT(message(policy), HasSubstr("sha256 must be 0000"));
  auto digest = *sha256_of(library_);
  for (auto& c : digest) c = static_cast<char>(std::toupper(c));
  policy.sha256 = digest;
  EXPECT_EQ(message(policy), "opened");
}

TEST_F(TrustTest, NamesWhatIsNotThere) {
  EXPECT_EQ(Library::open(folder_ / "none.so").error().code, ErrorCode::not_found);
  EXPECT_THAT(Library::open(folder_).error().message, HasSubstr("not a regular file"));
  const auto pipe = folder_ / "pipe.so";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(Library::open(pipe).error().message, HasSubstr("not a regular file"));
}

TEST(Sha256, MatchesTheStandard) {
  // FIPS 180-4, example "abc".
  const auto file = fs::temp_directory_path() / ("novascale-sha-" + std::to_string(getpid()));
  write(file, "abc");
  EXPECT_EQ(*sha256_of(file), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  fs::remove(file);
  EXPECT_FALSE(sha256_of(file).ok());
}

TEST(SafeRead, TellsReadableFromUnreadable) {
  EXPECT_EQ(safe_text("text", 10), "text");
  EXPECT_EQ(safe_text("text", 4), "text");
  EXPECT_EQ(safe_text("text", 3), std::nullopt);
  EXPECT_EQ(safe_text(nullptr, 10), std::nullopt);
  EXPECT_EQ(safe_text(reinterpret_cast<const char*>(0x10000), 10), std::nullopt);
  char byte;
  EXPECT_FALSE(safe_copy(reinterpret_cast<const void*>(0x10000), &byte, 1));
  EXPECT_TRUE(safe_copy("x", &byte, 1));
  EXPECT_EQ(byte, 'x');
}

}  // namespace
}  // namespace nova::loader
