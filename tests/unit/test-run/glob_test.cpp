// SPDX-License-Identifier: Apache-2.0
#include "glob.hpp"

#include "fs/temp_folder.hpp"
#include "report_files.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(test_run_glob)

using namespace slipway;

namespace {

struct Tree {
    Tree() {
        for (auto const* name :
             {"a.xml", "b.txt", "x/a.xml", "x/y/a.xml", "x/y/c[1].xml", ".git/a.xml"}) {
            fs::make_folder((folder.path() / name).parent_path());
            fs::write_atomic(folder.path() / name, "<x/>");
        }
        std::filesystem::create_directory_symlink(folder.path(), folder.path() / "x" / "loop");
    }

    [[nodiscard]] std::vector<std::string> found(std::string const& pattern) const {
        std::vector<std::string> out;
        for (auto const& path : test_run::expand((folder.path() / pattern).string())) {
            out.push_back(path.lexically_relative(folder.path()).string());
        }
        return out;
    }

    fs::TempFolder folder{"glob-test-"};
};

using Words = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(patterns_name_files_and_no_folders) {
    Tree const tree;
    BOOST_TEST(tree.found("*.xml") == (Words{"a.xml"}), boost::test_tools::per_element());
    BOOST_TEST(tree.found("*/a.xml") == (Words{"x/a.xml"}), boost::test_tools::per_element());
    BOOST_TEST(
        tree.found("**/a.xml") == (Words{"a.xml", "x/a.xml", "x/y/a.xml"}),
        boost::test_tools::per_element());
    BOOST_TEST(
        tree.found("x/**/?.xml") == (Words{"x/a.xml", "x/y/a.xml"}),
        boost::test_tools::per_element());
    BOOST_TEST(tree.found("x").empty());
    BOOST_TEST(tree.found("none.xml").empty());
    BOOST_TEST(tree.found("[ab].*") == (Words{"a.xml", "b.txt"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_report_that_was_not_written_again_is_stale) {
    Tree const tree;
    std::vector<std::string> const patterns{
        (tree.folder.path() / "**/a.xml").string(), (tree.folder.path() / "*.xml").string()};
    auto const before = test_run::look(patterns);
    BOOST_TEST(before.size() == 3U);
    fs::write_atomic(tree.folder.path() / "x/a.xml", "<x/>");
    fs::write_atomic(tree.folder.path() / "new.xml", "<x/>");
    auto const written = test_run::written_between(before, test_run::look(patterns));
    BOOST_REQUIRE(written.fresh.size() == 2U);
    BOOST_TEST(written.fresh[0].filename() == "new.xml");
    BOOST_TEST(written.fresh[1].lexically_relative(tree.folder.path()) == "x/a.xml");
    BOOST_TEST(written.stale.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
