// SPDX-License-Identifier: Apache-2.0
// db-backup on a real database: what it makes, lists, verifies, keeps and removes.
#include "support/shop.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_backup)

using namespace slipway;
using support::Ended;
using support::Shop;

namespace {

bool says(Ended const& ended, std::string const& words) {
    return ended.output.find(words) != std::string::npos;
}

void flip(fs::Path const& file, std::size_t at) {
    std::string content = fs::read_file(file);
    content[at] = static_cast<char>(content[at] ^ 1);
    fs::write_atomic(file, content);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_backup_is_restored_by_stock_tar_and_pg_restore_alone) {
    Shop const shop;
    auto const made = shop.run({"--environment", "staging"});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    std::string const id = made.at("data.id");
    BOOST_TEST(id.find("Z-staging-") == 15);
    BOOST_TEST(says(made, "list-verified: " + id));
    for (auto const* check :
         {"room", "dump.exit", "archive.listed", "tables.complete", "archive.checksum"}) {
        BOOST_TEST(made.check(check) == "passed", check);
    }
    BOOST_TEST(made.at("data.level") == "listed");
    BOOST_TEST(made.at("target.database") == shop.database().name());
    BOOST_TEST(!made.at("target.system_identifier").empty());
    BOOST_TEST((*made.record)["artifacts"][0]["path"] == "out/backups/" + id + ".tar");
    BOOST_TEST((*made.record)["artifacts"][1]["kind"] == "backup-manifest");
    BOOST_TEST(shop.files() == (std::vector{id + ".manifest.json", id + ".tar"}));

    support::Database const other;
    support::stock(
        "tar",
        {"xf", (shop.backups() / (id + ".tar")).string(), "-C", shop.folder().string()},
        other.conninfo());
    support::stock(
        "pg_restore",
        {"-d", other.name(), "-j", "2", (shop.folder() / id).string()},
        other.conninfo());
    BOOST_TEST(support::row_counts(other) == support::row_counts(shop.database()));
    BOOST_TEST((support::row_counts(other).find("users=5000") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_restore_verification_raises_the_level) {
    Shop const shop;
    auto const made = shop.run({"--verify", "restore"});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    BOOST_TEST(made.at("data.level") == "restored");
    BOOST_TEST(made.check("archive.restored") == "passed");
    BOOST_TEST(says(made, "restore-verified"));
    auto const second = shop.run({});
    BOOST_TEST(second.at("data.level") == "listed");
    auto const verified = shop.run({"verify", second.at("data.id"), "--verify", "restore"});
    BOOST_TEST(verified.exit_code == 0, verified.output);
    auto const listed = shop.run({"list"});
    BOOST_TEST((*listed.record)["data"]["backups"][1]["level"] == "restored");
    BOOST_TEST(shop.partials().empty());
}

BOOST_AUTO_TEST_CASE(policies_of_roles_views_and_partitions_come_back_in_a_restore_verification) {
    Shop const shop;
    std::string const role = "role_of_" + shop.database().name();
    shop.database().run(
        "create role " + role + "; create policy own on profiles to " + role +
        " using (true); create schema \"odd schema\";"
        "create table \"odd schema\".\"A \"\"b\" (x int); insert into \"odd schema\".\"A \"\"b\" "
        "values (1);"
        "create table part (d int) partition by range (d);"
        "create table part_1 partition of part for values from (0) to (10);"
        "insert into part select generate_series(1, 9);"
        "create materialized view mv as select count(*) from users;"
        "select lo_from_bytea(0, 'large object')");
    auto const made = shop.run({"--verify", "restore"});
    shop.database().run("drop policy own on profiles; drop role " + role);
    BOOST_TEST(made.exit_code == 0, made.output + made.text());
    BOOST_TEST((*made.record)["data"]["roles"] == json::Value::array({role}));
    BOOST_TEST((made.text().find("A \\\"b") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_found_by_verify) {
    Shop const shop;
    auto const made = shop.run({});
    auto const archive = shop.backups() / (made.at("data.id") + ".tar");
    BOOST_TEST(shop.run({"verify"}).exit_code == 0);
    flip(archive, std::filesystem::file_size(archive) / 2);
    auto const verified = shop.run({"verify", "latest"});
    BOOST_TEST(verified.exit_code == 1, verified.output);
    BOOST_TEST(verified.check("archive.checksum") == "failed");
    BOOST_TEST(says(verified, "1 of 1 backup damaged"));
    BOOST_TEST((*verified.record)["data"]["verified"][0]["whole"] == false);
}

BOOST_AUTO_TEST_CASE(an_archive_that_is_cut_off_or_gone_is_named) {
    Shop const shop;
    std::string const id = shop.run({}).at("data.id");
    std::filesystem::resize_file(shop.backups() / (id + ".tar"), 10'000);
    auto const listed = shop.run({"list"});
    BOOST_TEST(listed.exit_code == 0);
    BOOST_TEST(listed.at("status") == "warned");
    BOOST_TEST(says(listed, "has 10000 bytes"));
    BOOST_TEST(shop.run({"verify", id}).exit_code == 1);
    std::filesystem::remove(shop.backups() / (id + ".tar"));
    BOOST_TEST(says(shop.run({"list"}), "is missing"));
    BOOST_TEST(shop.run({"verify", "nonsense"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(the_sixth_backup_makes_the_first_go) {
    Shop const shop;
    std::vector<std::string> ids;
    for (int i = 0; i < 6; ++i) {
        auto const made = shop.run({"--environment", "staging"});
        BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
        ids.push_back(made.at("data.id"));
        if (i == 5) {
            BOOST_TEST((*made.record)["data"]["pruned"] == json::Value::array({ids[0]}));
        }
    }
    BOOST_TEST(shop.files().size() == 10);
    BOOST_TEST(!std::filesystem::exists(shop.backups() / (ids[0] + ".tar")));
    // Another environment and a safety backup count for themselves.
    BOOST_TEST(shop.run({"--keep", "1", "--environment", "test"}).exit_code == 0);
    BOOST_TEST(shop.run({"--keep", "1", "--kind", "safety"}).exit_code == 0);
    BOOST_TEST(shop.files().size() == 14);

    auto const would = shop.run({"prune", "--keep", "1", "--pin", ids[2], "--dry-run"});
    BOOST_TEST((*would.record)["data"]["pruned"] == json::Value::array({ids[1], ids[3], ids[4]}));
    BOOST_TEST(shop.files().size() == 14);
    BOOST_TEST(shop.run({"prune", "--keep", "1", "--pin", ids[2]}).exit_code == 0);
    BOOST_TEST(shop.files().size() == 8);
    BOOST_TEST(shop.run({"prune", "--keep", "1", "--unpin", ids[2]}).exit_code == 0);
    BOOST_TEST(shop.files().size() == 6);
    BOOST_TEST(shop.run({"prune", "--pin", "nonsense"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_backup_that_a_record_names_is_not_removed) {
    Shop const shop;
    auto const first = shop.run({});
    fs::write_atomic(shop.folder() / "first.json", first.text());
    BOOST_TEST(shop.run({"--keep", "1", "--input", "first.json"}).exit_code == 0);
    BOOST_TEST(shop.files().size() == 4);
    auto const pruned = shop.run({"prune", "--keep", "1"});
    BOOST_TEST((*pruned.record)["data"]["pruned"][0] == first.at("data.id"));
}

BOOST_AUTO_TEST_CASE(several_folders_get_the_same_backup) {
    Shop const shop;
    auto const made = shop.run({"--to", "a", "--to", "b/c", "--format", "dir", "--id", "mine"});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    for (auto const* place : {"a", "b/c"}) {
        BOOST_TEST(
            fs::read_file(shop.folder() / place / "mine.manifest.json") ==
            fs::read_file(shop.folder() / "a/mine.manifest.json"));
        BOOST_TEST(std::filesystem::exists(shop.folder() / place / "mine/toc.dat"));
    }
    auto const verified =
        shop.run({"verify", "mine", "--to", "a", "--to", "b/c", "--verify", "restore"});
    BOOST_TEST(verified.exit_code == 0, verified.output);
    flip(shop.folder() / "b/c/mine/toc.dat", 100);
    BOOST_TEST(shop.run({"verify", "mine", "--to", "a", "--to", "b/c"}).exit_code == 1);
    BOOST_TEST(shop.run({"--to", "a", "--id", "mine"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(rows_can_be_left_out_and_single_tables_taken) {
    Shop const shop;
    auto const made = shop.run({"--exclude-table-data", "audit_log", "--verify", "restore"});
    BOOST_TEST(made.exit_code == 0, made.output);
    for (auto const& table : (*made.record)["data"]["tables"]) {
        BOOST_TEST((table["data"] == (table["name"] != "audit_log")));
    }
    auto const single = shop.run({"--table", "public.users"});
    BOOST_TEST(single.exit_code == 0, single.output);
    BOOST_TEST((*single.record)["data"]["tables"].size() == 1);
    // A backup of single tables is not what `latest` means.
    BOOST_TEST(says(shop.run({"list"}), "newest verified: " + made.at("data.id")));
    BOOST_TEST(shop.run({"--table", "nosuch"}).exit_code == 2);
    BOOST_TEST(shop.run({"--table", "use*"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_dry_run_writes_nothing_but_its_record) {
    Shop const shop;
    auto const made = shop.run({"--dry-run"});
    BOOST_TEST(made.exit_code == 0, made.output);
    BOOST_TEST(says(made, "Would back up " + shop.database().name()));
    BOOST_TEST((*made.record)["dry_run"] == true);
    BOOST_TEST((*made.record)["artifacts"].empty());
    BOOST_TEST(!std::filesystem::exists(shop.backups()));
}

BOOST_AUTO_TEST_SUITE_END()
