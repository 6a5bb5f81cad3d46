// SPDX-License-Identifier: Apache-2.0
#include "backup/store.hpp"

#include "backup/unsent.hpp"
#include "error/error.hpp"
#include "fs/temp_folder.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(backup_store)

using namespace slipway;

namespace {

constexpr time::Instant start{std::chrono::days{20'000}};

// A folder of backups whose archives hold four bytes.
struct Folder {
    backup::Manifest
    add(std::string const& id,
        int minutes,
        std::string const& environment = "staging",
        backup::Level level = backup::Level::listed) {
        backup::Manifest manifest;
        manifest.id = id;
        manifest.environment = environment;
        manifest.database = "shop";
        manifest.system_identifier = "1";
        manifest.created_at = start + std::chrono::minutes{minutes};
        manifest.level = level;
        manifest.archive = {id + ".tar", 4, "", "tar"};
        fs::write_atomic(path() / manifest.archive.path, "data");
        backup::write_manifest(manifest, path());
        return manifest;
    }

    [[nodiscard]] fs::Path const& path() const { return folder.path(); }
    fs::TempFolder folder{"slipway-test-"};
};

auto is_usage(std::string words) {
    return [words = std::move(words)](Error const& e) {
        return e.kind() == ErrorKind::usage && e.message().find(words) != std::string::npos;
    };
}

} // namespace

BOOST_AUTO_TEST_CASE(backups_are_listed_oldest_first_and_the_broken_ones_named) {
    Folder folder;
    folder.add("b", 2);
    folder.add("a", 3);
    folder.add("c", 1);
    folder.add("lost", 4);
    std::filesystem::remove(folder.path() / "lost.tar");
    folder.add("cut", 5);
    fs::write_atomic(folder.path() / "cut.tar", "da");
    fs::write_atomic(folder.path() / "torn.manifest.json", "{");
    fs::write_atomic(folder.path() / "orphan.tar", "data");
    fs::write_atomic(folder.path() / "notes.txt", "mine");
    auto const listing = backup::list(folder.path());
    std::string ids;
    for (auto const& stored : listing.backups) {
        ids += stored.manifest.id;
    }
    BOOST_TEST(ids == "cba");
    std::vector<std::string> why;
    for (auto const& broken : listing.broken) {
        why.push_back(broken.path.filename().string() + ": " + broken.why);
    }
    std::sort(why.begin(), why.end());
    BOOST_TEST_REQUIRE(why.size() == 4);
    BOOST_TEST(why[0] == "cut.manifest.json: its archive cut.tar has 2 bytes, not 4");
    BOOST_TEST(why[1] == "lost.manifest.json: its archive lost.tar is missing");
    BOOST_TEST(why[2] == "orphan.tar: it has no manifest");
    BOOST_TEST(why[3].starts_with("torn.manifest.json: "));
    BOOST_TEST(backup::list(folder.path() / "nowhere").backups.empty());
}

BOOST_AUTO_TEST_CASE(latest_is_the_newest_verified_regular_whole_one_of_its_origin) {
    Folder folder;
    folder.add("good", 1);
    folder.add("stored", 2, "staging", backup::Level::stored);
    auto safety = folder.add("safety", 3);
    safety.kind = backup::Kind::safety;
    backup::write_manifest(safety, folder.path());
    auto single = folder.add("single", 4);
    single.only_tables = {"users"};
    backup::write_manifest(single, folder.path());
    folder.add("production", 5, "production");
    auto const backups = backup::list(folder.path()).backups;
    BOOST_TEST(backup::find(backups, "latest", {"staging", {}, {}}).manifest.id == "good");
    BOOST_TEST(backup::find(backups, "latest", {"production", {}, {}}).manifest.id == "production");
    BOOST_TEST(backup::find(backups, "safety", {}).manifest.id == "safety");
    BOOST_CHECK_EXCEPTION(
        backup::find(backups, "latest", {}), Error, is_usage("ambiguous: backups of 2 databases"));
    BOOST_CHECK_EXCEPTION(
        backup::find(backups, "latest", {"staging", "billing", {}}),
        Error,
        is_usage("no verified regular backup"));
    BOOST_CHECK_EXCEPTION(backup::find(backups, "x", {}), Error, is_usage("there is no backup x"));
    BOOST_TEST((backup::newest(backups, {"staging", "shop", "2"}) == nullptr));
}

BOOST_AUTO_TEST_CASE(a_partial_folder_goes_with_its_object_and_takes_the_unlisted_archive_along) {
    Folder const folder;
    {
        backup::Partial const partial{folder.path(), "x", {}};
        BOOST_TEST(std::filesystem::is_directory(folder.path() / ".partial-x"));
        fs::write_atomic(partial.path() / "half", "data");
        fs::write_atomic(folder.path() / "x.tar", "data");    // renamed, without a manifest yet
        BOOST_TEST(backup::sweep(folder.path(), {}).empty()); // it is locked
    }
    BOOST_TEST(std::filesystem::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_partial_folder_leaves_a_backup_that_has_its_manifest) {
    Folder folder;
    {
        backup::Partial const partial{folder.path(), "x", {}};
        folder.add("x", 1);
    }
    BOOST_TEST(backup::list(folder.path()).backups.size() == 1);
    BOOST_TEST(!std::filesystem::exists(folder.path() / ".partial-x"));
}

BOOST_AUTO_TEST_CASE(what_a_dead_run_left_is_swept) {
    Folder folder;
    folder.add("whole", 1);
    fs::make_folder(folder.path() / ".partial-dead" / "dump");
    fs::write_atomic(folder.path() / ".partial-dead" / "dump" / "toc.dat", "x");
    fs::write_atomic(folder.path() / "dead.tar", "data");
    fs::make_folder(folder.path() / ".partial-whole");
    auto ids = backup::sweep(folder.path(), {});
    std::sort(ids.begin(), ids.end());
    BOOST_TEST_REQUIRE(ids.size() == 2);
    BOOST_TEST(ids[0] == "dead");
    BOOST_TEST(!std::filesystem::exists(folder.path() / "dead.tar"));
    BOOST_TEST(!std::filesystem::exists(folder.path() / ".partial-dead"));
    BOOST_TEST(backup::list(folder.path()).backups.size() == 1);
    BOOST_TEST(backup::list(folder.path()).broken.empty());
    BOOST_TEST(backup::sweep(folder.path() / "nowhere", {}).empty());
}

BOOST_AUTO_TEST_CASE(a_whole_backup_that_was_not_sent_stays_for_a_day_to_be_taken_over) {
    Folder folder;
    auto const leave = [&] {
        auto manifest = folder.add("x", 1);
        backup::remove({manifest, folder.path()});
        backup::Partial partial{folder.path(), "x", {}};
        fs::make_folder(partial.path() / "work");
        fs::write_atomic(partial.path() / "work" / "x.tar", "data");
        backup::note_unsent(partial, manifest, {"s3://a/b"}, true);
        BOOST_TEST(backup::take_unsent(folder.path(), {}).empty()); // its run lives
        partial.keep();
    };
    leave();
    BOOST_TEST(backup::sweep(folder.path(), {}).empty());
    BOOST_TEST(backup::list(folder.path()).backups.empty());
    {
        auto left = backup::take_unsent(folder.path(), {});
        BOOST_TEST_REQUIRE(left.size() == 1U);
        BOOST_TEST(left[0].stored.manifest.id == "x");
        BOOST_TEST(fs::read_file(left[0].stored.archive_path()) == "data");
        BOOST_TEST(left[0].places == (std::vector<std::string>{"s3://a/b"}));
        BOOST_TEST(backup::take_unsent(folder.path(), {}).empty()); // another run has it
        left[0].partial.keep();
    }
    BOOST_TEST(backup::take_unsent(folder.path(), {}).size() == 1U); // and is done with it
    BOOST_TEST(std::filesystem::is_empty(folder.path()));
    leave();
    std::filesystem::last_write_time(
        folder.path() / ".partial-x" / backup::unsent_note,
        std::filesystem::file_time_type::clock::now() - std::chrono::hours{25});
    BOOST_TEST(backup::take_unsent(folder.path(), {}).empty());
    BOOST_TEST(backup::sweep(folder.path(), {}) == (std::vector<std::string>{"x"}));
    BOOST_TEST(std::filesystem::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_backup_is_never_overwritten) {
    Folder folder;
    folder.add("x", 1);
    BOOST_CHECK_EXCEPTION(
        (backup::Partial{folder.path(), "x", {}}), Error, is_usage("there is a backup x already"));
    fs::write_atomic(folder.path() / "y.tar", "somebody's");
    BOOST_CHECK_EXCEPTION(
        (backup::Partial{folder.path(), "y", {}}), Error, is_usage("without a manifest"));
    BOOST_TEST(fs::read_file(folder.path() / "y.tar") == "somebody's");
}

BOOST_AUTO_TEST_CASE(a_removed_backup_is_gone_with_its_archive) {
    Folder folder;
    folder.add("x", 1);
    backup::remove(backup::list(folder.path()).backups.front());
    BOOST_TEST(std::filesystem::is_empty(folder.path()));
}

BOOST_AUTO_TEST_SUITE_END()
