// SPDX-License-Identifier: Apache-2.0
#include "migration/state.hpp"

#include "fs/temp_folder.hpp"
#include "hash/digest.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migration_state)

using namespace slipway;
using migration::Entry;
using migration::History;
using migration::Item;
using migration::State;

namespace {

constexpr std::string_view content = "create table a ();\nselect 1;\n";

migration::Folder folder_of(fs::Path const& path, std::vector<std::string> const& names) {
    for (auto const& name : names) {
        fs::make_folder(path / name);
        fs::write_atomic(path / name / "migration.sql", content);
    }
    return migration::read_folder(path, "prisma");
}

Entry finished(std::string id) {
    Entry entry;
    entry.id = std::move(id);
    entry.key = "k-" + entry.id;
    entry.checksum = hash::sha256_hex(content);
    entry.finished_at = "2026-01-01";
    entry.finished = true;
    return entry;
}

Entry begun(std::string id, std::string log) {
    Entry entry = finished(std::move(id));
    entry.finished_at.clear();
    entry.finished = false;
    entry.log = std::move(log);
    return entry;
}

// The one migration `a` against these rows.
Item state_of_a(std::vector<Entry> rows) {
    fs::TempFolder const place{"slipway-test-"};
    auto const standing =
        migration::compare(folder_of(place.path(), {"a"}), History{true, std::move(rows)});
    BOOST_REQUIRE(standing.items.size() == 1U);
    return standing.items.front();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_migration_without_a_row_is_pending_and_with_a_finished_one_applied) {
    auto const pending = state_of_a({});
    BOOST_TEST((pending.state == State::pending));
    BOOST_TEST(pending.applies());
    auto const applied = state_of_a({finished("a")});
    BOOST_TEST((applied.state == State::applied));
    BOOST_TEST(!applied.applies());
}

BOOST_AUTO_TEST_CASE(a_finished_row_with_another_checksum_is_drift) {
    auto row = finished("a");
    row.checksum = hash::sha256_hex("something else");
    auto const item = state_of_a({row});
    BOOST_TEST((item.state == State::drifted));
    BOOST_TEST(!item.applies());
}

BOOST_AUTO_TEST_CASE(other_line_ends_are_no_drift) {
    auto row = finished("a");
    row.checksum = hash::sha256_hex("create table a ();\r\nselect 1;\r\n");
    BOOST_TEST((state_of_a({row}).state == State::applied));
}

BOOST_AUTO_TEST_CASE(an_unfinished_row_is_a_failed_migration_that_nobody_repeats) {
    for (char const* const log : {"", "ERROR: column does not exist"}) {
        auto const item = state_of_a({begun("a", log)});
        BOOST_TEST((item.state == State::failed), log);
        BOOST_TEST(!item.resumable);
        BOOST_TEST(!item.applies());
    }
}

BOOST_AUTO_TEST_CASE(a_failed_row_that_says_nothing_remains_is_pending_again) {
    auto const item = state_of_a({begun("a", migration::rolled_back_log("syntax error"))});
    BOOST_TEST((item.state == State::rolled_back));
    BOOST_TEST(item.applies());
    BOOST_TEST(item.entry.key == "k-a");
}

BOOST_AUTO_TEST_CASE(an_edited_file_does_not_hinder_a_migration_that_was_rolled_back) {
    auto row = begun("a", migration::rolled_back_log("syntax error"));
    row.checksum = hash::sha256_hex("the wrong one");
    BOOST_TEST((state_of_a({row}).state == State::rolled_back));
}

BOOST_AUTO_TEST_CASE(an_interrupted_migration_without_a_transaction_is_resumable_where_it_stood) {
    auto const item = state_of_a({begun("a", migration::progress_log(2, 5) + "\nkilled")});
    BOOST_TEST((item.state == State::failed));
    BOOST_TEST(item.resumable);
    BOOST_TEST(item.applies());
    BOOST_TEST(item.steps_done == 2);
}

BOOST_AUTO_TEST_CASE(an_interrupted_migration_whose_file_was_edited_is_not_resumable) {
    auto row = begun("a", migration::progress_log(2, 5));
    row.checksum = hash::sha256_hex("before the edit");
    auto const item = state_of_a({row});
    BOOST_TEST((item.state == State::failed));
    BOOST_TEST(!item.resumable);
}

BOOST_AUTO_TEST_CASE(a_row_marked_as_rolled_back_counts_for_nothing) {
    auto old = begun("a", "ERROR: broken");
    old.rolled_back = true;
    BOOST_TEST((state_of_a({old}).state == State::pending));
    BOOST_TEST(state_of_a({old}).entry.key.empty());
}

BOOST_AUTO_TEST_CASE(of_two_rows_of_one_name_the_one_that_was_not_rolled_back_counts) {
    auto old = begun("a", "ERROR: broken");
    old.rolled_back = true;
    old.key = "k-old";
    auto const item = state_of_a({old, finished("a")});
    BOOST_TEST((item.state == State::applied));
    BOOST_TEST(item.entry.key == "k-a");
}

BOOST_AUTO_TEST_CASE(a_failed_row_is_not_hidden_by_a_finished_one_of_the_same_name) {
    // Prisma's rule (P3009): any unfinished row that was not rolled back stops a deployment.
    auto failed = begun("a", "ERROR: broken");
    failed.key = "k-failed";
    auto const item = state_of_a({failed, finished("a")});
    BOOST_TEST((item.state == State::failed));
    BOOST_TEST(item.entry.key == "k-failed");
}

BOOST_AUTO_TEST_CASE(an_applied_migration_whose_file_is_gone_is_missing_and_stands_first) {
    fs::TempFolder const place{"slipway-test-"};
    auto const standing = migration::compare(
        folder_of(place.path(), {"b"}), History{true, {finished("a"), finished("b")}});
    BOOST_REQUIRE(standing.items.size() == 2U);
    BOOST_TEST(standing.items[0].id == "a");
    BOOST_TEST((standing.items[0].state == State::missing));
    BOOST_TEST(standing.items[0].file.path.empty());
    BOOST_TEST(!standing.items[0].applies());
    BOOST_TEST(standing.in_state(State::applied).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_failed_migration_stays_failed_where_its_file_is_gone) {
    fs::TempFolder const place{"slipway-test-"};
    auto const standing = migration::compare(
        folder_of(place.path(), {"b"}), History{true, {begun("a", "ERROR: broken")}});
    BOOST_TEST((standing.items[0].state == State::failed));
    BOOST_TEST(!standing.items[0].resumable);
}

BOOST_AUTO_TEST_CASE(a_pending_migration_before_an_applied_one_is_out_of_order) {
    fs::TempFolder const place{"slipway-test-"};
    auto const standing = migration::compare(
        folder_of(place.path(), {"a", "b", "c"}), History{true, {finished("b")}});
    BOOST_TEST(standing.items[0].out_of_order);
    BOOST_TEST(!standing.items[1].out_of_order);
    BOOST_TEST(!standing.items[2].out_of_order);
}

BOOST_AUTO_TEST_CASE(the_logs_that_are_written_are_the_logs_that_are_read) {
    BOOST_TEST(migration::says_rolled_back(migration::rolled_back_log("x")));
    BOOST_TEST(!migration::says_rolled_back("x"));
    BOOST_TEST(migration::steps_in(migration::progress_log(0, 3)) == 0);
    BOOST_TEST(migration::steps_in(migration::progress_log(12, 30) + "\nerror") == 12);
    BOOST_TEST(migration::steps_in("ERROR: 12 of 30") == -1);
    BOOST_TEST(migration::steps_in(migration::rolled_back_log("x")) == -1);
}

BOOST_AUTO_TEST_CASE(every_state_has_its_own_word) {
    BOOST_TEST(migration::name(State::pending) == "pending");
    BOOST_TEST(migration::name(State::applied) == "applied");
    BOOST_TEST(migration::name(State::failed) == "failed");
    BOOST_TEST(migration::name(State::rolled_back) == "rolled_back");
    BOOST_TEST(migration::name(State::drifted) == "drifted");
    BOOST_TEST(migration::name(State::missing) == "missing");
}

BOOST_AUTO_TEST_SUITE_END()
