// Goal: a component is found by its id, manifests are believed only if they belong to the file, and
// the folders are searched in the stated order.
// Method: folders made for the test, filled with copies of the honest plugin.
#include "host/loader/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

namespace nova::loader {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kLibraries = fs::path(NOVA_BUILD_DIR) / "tests/support";
constexpr const char* kId = "org.novacron.test.honest";

class CatalogueTest : public testing::Test {
 protected:
  CatalogueTest() {
    char pattern[] = "/tmp/novascale-catalogue-XXXXXX";
    root_ = mkdtemp(pattern);
    chmod(root_.c_str(), 0755);
  }
  ~CatalogueTest() override { fs::remove_all(root_); }

  fs::path folder(const char* name) {
    const auto made = root_ / name;
    fs::create_directory(made);
    chmod(made.c_str(), 0755);
    return made;
  }
  static void put(const fs::path& folder, const char* library, const char* as) {
    fs::copy_file(kLibraries / library, folder / as);
    chmod((folder / as).c_str(), 0755);
  }
  static void write_manifest(const fs::path& library) {
    std::ofstream(manifest_path(library)) << manifest_of(**Library::open(library)).value();
  }

  fs::path root_;
};

TEST_F(CatalogueTest, FindsComponentsAndExplainsFailures) {
  const auto a = folder("a");
  put(a, "hostile_wrong_major.so", "broken.so");
  put(a, "honest.so", "honest.so");
  std::ofstream(a / "notes.txt") << "not a library";
  EXPECT_EQ(*find_component(kId, {a}), a / "honest.so");
  const auto missing = find_component("org.novacron.test.honset", {a});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr("did you mean \"org.novacron.test.honest\"?"));
  EXPECT_THAT(missing.error().message, HasSubstr("a library cannot be used: "));
  EXPECT_LT(missing.error().message.find("ABI major"), missing.error().message.find("not found"));
  EXPECT_THAT(find_component("x.y", {}).error().message, HasSubstr("none is configured or exists"));
  const auto listed = list_plugins({a});
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_FALSE(listed[0].ok());
  EXPECT_TRUE(listed[1].ok());
}

TEST_F(CatalogueTest, BelievesAManifestOnlyIfItBelongsToTheFile) {
  const auto a = folder("a");
  put(a, "honest.so", "honest.so");
  write_manifest(a / "honest.so");
  auto listed = list_plugins({a});
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_TRUE(listed[0].from_manifest);
  const auto& component = listed[0].info.components.at(0);
  const auto loaded = (*Library::open(a / "honest.so"))->info().components.at(0);
  EXPECT_EQ(component.id, loaded.id);
  EXPECT_EQ(component.kind, loaded.kind);
  EXPECT_EQ(component.flags, loaded.flags);
  EXPECT_EQ(component.ops_flags, loaded.ops_flags);
  EXPECT_EQ(component.operations, loaded.operations);

  std::ofstream(a / "honest.so", std::ios::app) << "another build";
  listed = list_plugins({a});
  EXPECT_FALSE(listed[0].from_manifest);
  EXPECT_TRUE(listed[0].ok());
  EXPECT_THAT(read_manifest(a / "honest.so").error().message, HasSubstr("stale"));
  for (const char* text : {"", "[]", "{", R"({"sha256":17})"}) {
    std::ofstream(manifest_path(a / "honest.so")) << text;
    EXPECT_FALSE(read_manifest(a / "honest.so").ok()) << text;
  }
  chmod((a / "honest.so").c_str(), 0777);
  EXPECT_FALSE(list_plugins({a})[0].ok());
}

TEST_F(CatalogueTest, SearchesInOrder) {
  const auto a = folder("a"), b = folder("b"), c = folder("c");
  setenv("NOVASCALE_PLUGIN_PATH",
         (c.string() + ":" + (root_ / "none").string() + ":" + a.string()).c_str(), 1);
  const auto path = plugin_search_path({a}, {b, root_ / "none"});
  unsetenv("NOVASCALE_PLUGIN_PATH");
  ASSERT_GE(path.size(), 3u);
  EXPECT_EQ(path[0], fs::canonical(a));
  EXPECT_EQ(path[1], fs::canonical(b));
  EXPECT_EQ(path[2], fs::canonical(c));
  // This program lies in <build>/bin, so its build tree's plugins come last.
  if (path.size() > 3) {
    EXPECT_EQ(path[3], fs::canonical(fs::path(NOVA_BUILD_DIR) / "plugins"));
  }
}

TEST_F(CatalogueTest, OpensEachLibraryOnce) {
  const auto a = folder("a");
  put(a, "honest.so", "honest.so");
  PluginCatalogue catalogue({a});
  const auto first = catalogue.open(kId);
  ASSERT_TRUE(first.ok()) << first.error().message;
  const auto again = catalogue.open("honest.so", kId);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(first->library, again->library);
  EXPECT_EQ(first->component, first->library->find(kId));
  EXPECT_THAT(catalogue.open("honest.so", "x.y").error().message,
              HasSubstr("it has org.novacron.test.honest"));
  EXPECT_EQ(catalogue.open("none.so", kId).error().code, ErrorCode::not_found);
  EXPECT_THAT(catalogue.open("honest.so", kId, std::string(64, 'a')).error().message,
              HasSubstr("sha256 must be"));
}

}  // namespace
}  // namespace nova::loader
