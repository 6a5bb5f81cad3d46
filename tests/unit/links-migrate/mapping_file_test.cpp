// SPDX-License-Identifier: Apache-2.0
#include "mapping_file.hpp"

#include "config/document.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "json/schema.hpp"

#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace links_mapping_file {

using namespace slipway;
using namespace slipway::links_migrate;

namespace {

constexpr std::string_view smallest =
    "name: m\n"
    "source: { table: t, key: id, json: j }\n"
    "target: { table: c, id: id, parent: t_id, values: { v: v } }\n";

struct Files {
    fs::TempFolder folder{"slipway-mapping-"};
    fs::Path const schema_path = fs::Path{SLIPWAY_SOURCE_DIR} / "docs/schema/links-mapping-1.json";
    json::Schema schema{json::parse(fs::read_file(schema_path), "schema"), "links-mapping-1"};

    fs::Path write(std::string_view text, std::string const& name = "m.yaml") const {
        auto const path = folder.path() / name;
        fs::write_atomic(path, text);
        return path;
    }

    [[nodiscard]] bool conforms(fs::Path const& path) const {
        return schema.check(config::load(path).value()).empty();
    }

    // The reader refuses it at that line, with that word; the schema refuses it too.
    void require_fault(
        std::string const& text,
        std::int64_t line,
        std::string const& word,
        bool schema_sees_it = true) const {
        auto const path = write(text);
        try {
            static_cast<void>(load_mapping(path));
            BOOST_ERROR("was read: " << text);
        } catch (Error const& error) {
            BOOST_TEST((error.kind() == ErrorKind::usage), text);
            BOOST_TEST(error.where().line == line, error.message());
            BOOST_TEST(error.message().find(word) != std::string::npos, error.message());
            BOOST_TEST(error.message().find("m.yaml:") != std::string::npos, error.message());
        }
        BOOST_TEST(conforms(path) == !schema_sees_it, text);
    }
};

} // namespace

} // namespace links_mapping_file

BOOST_FIXTURE_TEST_SUITE(links_mapping_file_reader, links_mapping_file::Files)

using namespace slipway;
using namespace slipway::links_migrate;

BOOST_AUTO_TEST_CASE(the_smallest_mapping_has_the_standard_rules) {
    auto const m = load_mapping(write(links_mapping_file::smallest));
    BOOST_TEST(m.values.size() == 1U);
    BOOST_TEST(m.values.front().required);
    BOOST_TEST((m.repeated == Repeated::first));
    BOOST_TEST(m.identity() == std::vector<std::string>{"v"}, boost::test_tools::per_element());
    BOOST_TEST(conforms(write(links_mapping_file::smallest)));
}

BOOST_AUTO_TEST_CASE(what_is_printed_is_read_again_as_the_same_mapping) {
    auto const built_in = built_in_mapping();
    auto const path = write(json::write(to_json(built_in)), "m.json");
    BOOST_TEST(checksum(load_mapping(path)) == checksum(built_in));
    BOOST_TEST(conforms(path));
    for (auto const& entry : std::filesystem::directory_iterator{
             fs::Path{SLIPWAY_SOURCE_DIR} / "docs/examples/links"}) {
        BOOST_TEST(conforms(entry.path()), entry.path().string());
        auto const read = load_mapping(entry.path());
        auto const again = write(json::write(to_json(read)), "again.json");
        BOOST_TEST(checksum(load_mapping(again)) == checksum(read), entry.path().string());
        BOOST_TEST(conforms(again), entry.path().string());
    }
}

BOOST_AUTO_TEST_CASE(faults_are_told_with_file_and_line) {
    std::string const source = "name: m\nsource: { table: t, key: id, json: j }\n";
    std::string const target = source + "target:\n  table: c\n  id: id\n  parent: p\n";
    require_fault("source: {}\n", 1, "\"name\" is missing");
    require_fault("name: m\nsource: { table: t, key: id }\ntarget: {}\n", 2, "\"json\" is missing");
    require_fault(source + "targets: {}\n", 3, "unknown key \"targets\"");
    require_fault(target, 3, "neither url nor values");
    require_fault(target + "  values:\n    v: { member: x }\n", 8, "unknown key \"member\"");
    require_fault(target + "  values:\n    v: { required: true }\n", 8, "no members");
    require_fault(target + "  values: { v: v }\n  copied:\n    v: x\n", 3, "given twice", false);
    require_fault(target + "  url: { column: u, schemes: [ftp] }\n", 7, "http, https");
    require_fault(
        target + "  url: { column: u, schemes: [http], add_https: true }\n",
        7,
        "https is not among",
        false);
    require_fault(target + "  url: { column: u, add_https: yes }\n", 7, "expected true or false");
    require_fault(
        target + "  url: { column: u }\n  label:\n    column: l\n    limit: 0\n", 10, "1 to 10000");
    require_fault(
        target + "  url: { column: u }\n  label:\n    column: l\n    longer: cut\n", 10, "none of");
    require_fault(
        target + "  url: { column: u }\n  type: { column: y, words: { A: x, a: y }, default: x }\n",
        8,
        "stands there twice",
        false);
    require_fault(
        target + "  url: { column: u }\nduplicates:\n  by: [parent]\n",
        9,
        "no column that gets something",
        false);
    require_fault(
        target + "  values: { v: v }\n  copied:\n    d: { sql: '' , x: y }\n", 9, "unknown key");
    BOOST_CHECK_THROW(load_mapping(write("name: [m\n")), Error);
}

BOOST_AUTO_TEST_SUITE_END()
