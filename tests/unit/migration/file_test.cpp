// SPDX-License-Identifier: Apache-2.0
#include "migration/file.hpp"

#include "fs/temp_folder.hpp"
#include "hash/digest.hpp"
#include "support/errors.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migration_file)

using namespace slipway;
using support::error_of;

namespace {

// A folder of migrations that a case fills.
struct Place {
    fs::TempFolder folder{"slipway-test-"};
    fs::Path path = folder.path() / "migrations";

    Place() { fs::make_folder(path); }

    void file(std::string const& name, std::string_view content = "select 1;\n") const {
        fs::make_folder((path / name).parent_path());
        fs::write_atomic(path / name, content);
    }

    [[nodiscard]] migration::Folder read(std::string_view layout = "auto") const {
        return migration::read_folder(path, layout);
    }

    [[nodiscard]] Error refused(std::string_view layout = "auto") const {
        return error_of([&] { static_cast<void>(read(layout)); });
    }
};

std::vector<std::string> ids(migration::Folder const& folder) {
    std::vector<std::string> out;
    for (auto const& file : folder.files) {
        out.push_back(file.id);
    }
    return out;
}

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

using Names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(a_prisma_folder_is_found_by_its_scripts_and_ordered_by_name) {
    Place const place;
    place.file("20260105090000_b/migration.sql", "create table b ();");
    place.file("00000000000000_init/migration.sql");
    place.file("20260105090000_b/down.sql");
    auto const folder = place.read();
    BOOST_TEST(folder.layout == "prisma");
    BOOST_TEST(!folder.reason.empty());
    BOOST_TEST(ids(folder) == (Names{"00000000000000_init", "20260105090000_b"}));
    BOOST_TEST(folder.files[1].checksum == hash::sha256_hex("create table b ();"));
    BOOST_TEST(folder.files[1].bytes == 18U);
    BOOST_TEST(folder.files[1].down.filename() == "down.sql");
    BOOST_TEST(folder.files[0].down.empty());
    BOOST_TEST(folder.strays.empty());
}

BOOST_AUTO_TEST_CASE(a_prisma_folder_is_found_by_its_lock_file_alone) {
    Place const place;
    place.file("migration_lock.toml", "provider = \"postgresql\"\n");
    BOOST_TEST(place.read().layout == "prisma");
    BOOST_TEST(place.read().files.empty());
}

BOOST_AUTO_TEST_CASE(a_lock_file_of_another_database_is_refused_with_its_line) {
    Place const place;
    place.file("1_a/migration.sql");
    place.file("migration_lock.toml", "# do not edit\nprovider = \"mysql\"\n");
    auto const error = place.refused();
    BOOST_TEST((error.kind() == ErrorKind::usage));
    BOOST_TEST(has(error.message(), "migration_lock.toml"));
    BOOST_TEST(has(error.message(), "mysql"));
}

BOOST_AUTO_TEST_CASE(a_prisma_folder_without_its_script_is_refused_by_name) {
    Place const place;
    place.file("1_a/migration.sql");
    place.file("2_b/readme.txt");
    BOOST_TEST(has(place.refused().message(), "2_b has no migration.sql"));
}

BOOST_AUTO_TEST_CASE(plain_files_are_ordered_by_their_numbers_not_their_letters) {
    Place const place;
    for (char const* const name : {"10_j.sql", "9_i.sql", "0021_z.sql", "001_a.sql", "2_b.sql"}) {
        place.file(name);
    }
    auto const folder = place.read();
    BOOST_TEST(folder.layout == "plain");
    BOOST_TEST(ids(folder) == (Names{"001_a", "2_b", "9_i", "10_j", "0021_z"}));
}

BOOST_AUTO_TEST_CASE(numbers_larger_than_any_integer_type_are_compared_as_numbers) {
    BOOST_TEST(migration::version_order("9_a", "100000000000000000000000000_b"));
    BOOST_TEST(!migration::version_order(
        "100000000000000000000000001_a", "0000100000000000000000000000000_b"));
    BOOST_TEST(migration::version_order("V9_a", "V10_a"));
}

BOOST_AUTO_TEST_CASE(up_and_down_files_are_one_migration_with_a_way_back) {
    Place const place;
    place.file("001_a.up.sql");
    place.file("001_a.down.sql");
    place.file("002_b.sql");
    place.file("002_b.rollback.sql");
    place.file("003_c.sql");
    place.file("003_c.verify.sql");
    auto const folder = place.read();
    BOOST_TEST(ids(folder) == (Names{"001_a", "002_b", "003_c"}));
    BOOST_TEST(folder.files[0].down.filename() == "001_a.down.sql");
    BOOST_TEST(folder.files[1].down.filename() == "002_b.rollback.sql");
    BOOST_TEST(folder.files[2].down.empty());
    BOOST_TEST(folder.strays.empty());
}

BOOST_AUTO_TEST_CASE(two_files_of_one_number_are_refused_and_both_are_named) {
    for (char const* const second : {"002_other.sql", "2_other.sql", "002_b.up.sql"}) {
        Place const place;
        place.file("002_b.sql");
        place.file(second);
        auto const error = place.refused();
        BOOST_TEST((error.kind() == ErrorKind::usage), second);
        BOOST_TEST(has(error.message(), "002_b.sql"), error.message());
        BOOST_TEST(has(error.message(), second), error.message());
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_fits_two_layouts_is_refused_until_one_is_named) {
    Place const place;
    place.file("1_a/migration.sql");
    place.file("001_b.sql");
    auto const error = place.refused();
    BOOST_TEST((error.kind() == ErrorKind::usage));
    BOOST_TEST(has(error.message(), "fits two layouts, prisma"));
    BOOST_TEST(has(error.hint(), "--layout"));
    BOOST_TEST(ids(place.read("prisma")) == Names{"1_a"});
    BOOST_TEST(ids(place.read("plain")) == Names{"001_b"});
}

BOOST_AUTO_TEST_CASE(a_migration_that_is_a_program_is_refused_and_never_skipped) {
    for (char const* const name : {"002_b.js", "002_b.go", "002_b.py", "002_b.ts"}) {
        Place const place;
        place.file("001_a.sql");
        place.file(name);
        auto const error = place.refused();
        BOOST_TEST((error.kind() == ErrorKind::usage), name);
        BOOST_TEST(has(error.message(), name), error.message());
    }
}

BOOST_AUTO_TEST_CASE(files_that_belong_to_no_migration_are_told) {
    Place const place;
    place.file("001_a.sql");
    place.file("README.md");
    place.file("helpers.sql");
    place.file("old/000_x.sql");
    auto const folder = place.read();
    BOOST_TEST(ids(folder) == Names{"001_a"});
    Names strays;
    for (auto const& stray : folder.strays) {
        strays.push_back(stray.filename().string());
    }
    std::sort(strays.begin(), strays.end());
    BOOST_TEST(strays == (Names{"README.md", "helpers.sql", "old"}));
}

BOOST_AUTO_TEST_CASE(an_undo_script_without_its_migration_is_told_as_well) {
    Place const place;
    place.file("001_a.sql");
    place.file("002_lost.down.sql");
    auto const folder = place.read();
    BOOST_TEST(folder.strays.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_read_is_named_with_the_cause) {
    fs::TempFolder const folder{"slipway-test-"};
    fs::write_atomic(folder.path() / "file", "x");
    std::filesystem::create_symlink("loop", folder.path() / "loop");
    for (char const* const name : {"nothing", "file", "loop"}) {
        auto const error = error_of([&] { migration::read_folder(folder.path() / name, "auto"); });
        BOOST_TEST((error.kind() == ErrorKind::usage), name);
        BOOST_TEST(has(error.message(), name), error.message());
        BOOST_TEST(has(error.hint(), "--dir"), error.hint());
    }
}

BOOST_AUTO_TEST_CASE(an_empty_folder_holds_no_migrations_and_one_of_other_files_is_refused) {
    Place const place;
    BOOST_TEST(place.read().files.empty());
    place.file("notes.txt");
    BOOST_TEST((place.refused().kind() == ErrorKind::usage));
}

BOOST_AUTO_TEST_CASE(names_in_utf_8_are_kept_as_they_are) {
    Place const place;
    place.file("001_größe_テーブル.sql");
    BOOST_TEST(ids(place.read()) == Names{"001_größe_テーブル"});
}

BOOST_AUTO_TEST_CASE(prisma_accepts_the_checksums_of_both_line_ends_and_plain_only_its_own) {
    std::string const lf = "select 1;\nselect 2;\n";
    std::string const crlf = "select 1;\r\nselect 2;\r\n";
    for (auto const& content : {lf, crlf}) {
        auto const accepted = migration::accepted_checksums("prisma", content);
        for (auto const& stored : {hash::sha256_hex(lf), hash::sha256_hex(crlf)}) {
            BOOST_TEST((std::find(accepted.begin(), accepted.end(), stored) != accepted.end()));
        }
    }
    BOOST_TEST(migration::accepted_checksums("plain", crlf) == Names{hash::sha256_hex(crlf)});
}

BOOST_AUTO_TEST_SUITE_END()
