// SPDX-License-Identifier: Apache-2.0
// What `verify --verify restore` finds, and where it restores.
#include "support/everything.hpp"
#include "support/shop.hpp"

#include <csignal>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_backup_verify)

using namespace slipway;
using support::Ended;
using support::Shop;

namespace {

std::vector<std::string> const
    split_dir{"--engine", "split", "--split-larger-than", "0", "--format", "dir", "--id", "one"};

json::Value manifest_of(Shop const& shop) {
    fs::Path const path = shop.backups() / "one.manifest.json";
    return json::parse(fs::read_file(path), path.string());
}

void write_manifest(Shop const& shop, json::Value const& manifest) {
    fs::write_atomic(shop.backups() / "one.manifest.json", json::write(manifest, true));
}

// The largest file of the archive.
fs::Path largest(Shop const& shop) {
    fs::Path out;
    for (auto const& entry : std::filesystem::directory_iterator{shop.backups() / "one"}) {
        if (out.empty() || entry.file_size() > std::filesystem::file_size(out)) {
            out = entry.path();
        }
    }
    return out;
}

// The backup was not said to be whole, and its level is what it was.
void require_found(Shop const& shop, std::string const& check, std::string const& words) {
    auto const ended = shop.run({"verify", "one", "--verify", "restore"});
    BOOST_TEST(ended.exit_code == 1, ended.output);
    BOOST_TEST(ended.check(check) == "failed");
    BOOST_TEST((*ended.record)["data"]["verified"][0]["whole"] == false);
    BOOST_TEST((ended.text().find(words) != std::string::npos), ended.text());
    BOOST_TEST(manifest_of(shop)["level"] == "listed");
}

std::int64_t trials() {
    return pg::Connection::open(support::test_server())
        .exec("select count(*) from pg_database where datname like 'slipway\\_trial\\_%'")
        .one_value<std::int64_t>();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_flipped_bit_a_truncated_and_a_missing_member_are_found) {
    Shop const shop;
    BOOST_TEST_REQUIRE(shop.run(split_dir).exit_code == 0);
    fs::Path const member = largest(shop);
    std::string const content = fs::read_file(member);
    std::string const name = member.filename().string();

    std::string flipped = content;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 4);
    fs::write_atomic(member, flipped);
    require_found(shop, "archive.checksum", "the checksum of " + name + " differs");
    fs::write_atomic(member, content.substr(0, content.size() / 2));
    require_found(shop, "archive.checksum", name + " has ");
    std::filesystem::remove(member);
    require_found(shop, "archive.checksum", name + " is missing");
    fs::write_atomic(member, content);
    BOOST_TEST(shop.run({"verify", "one", "--verify", "restore"}).exit_code == 0);
    BOOST_TEST(manifest_of(shop)["level"] == "restored");
}

BOOST_AUTO_TEST_CASE(a_row_count_and_a_fingerprint_that_lie_are_found_by_the_restore) {
    Shop const shop;
    auto arguments = split_dir;
    arguments.emplace_back("--fingerprint");
    BOOST_TEST_REQUIRE(shop.run(arguments).exit_code == 0);
    auto const truth = manifest_of(shop);
    auto lie = truth;
    for (auto& table : lie["tables"]) {
        if (table["name"] == "users") {
            table["rows"] = table["rows"].get<int>() + 1;
        }
    }
    write_manifest(shop, lie);
    require_found(shop, "archive.restored", "has 5000 rows, not 5001");
    lie = truth;
    lie["tables"][0]["fingerprint"] = "12";
    write_manifest(shop, lie);
    require_found(shop, "archive.restored", "has other rows");
    write_manifest(shop, truth);
    BOOST_TEST(shop.run({"verify", "one", "--verify", "restore"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_value_that_changed_on_its_way_is_found_by_its_fingerprint) {
    Shop const shop;
    shop.database().run("create table words (w text); insert into words values ('original')");
    auto const bin = shop.programs(
        "$REAL \"$@\" || exit; for f in $OUT/*.dat.gz; do "
        "gzip -dc $f | sed s/original/falsified/ | gzip >$f.new && mv $f.new $f; done");
    std::pair<std::string, std::string> const programs{"SLIPWAY_PG_BIN", bin.string()};
    auto const counted = shop.run({"--verify", "restore", "--engine", "pg_dump"}, {programs});
    BOOST_TEST(counted.exit_code == 0, counted.output);
    auto const compared =
        shop.run({"--verify", "restore", "--engine", "pg_dump", "--fingerprint"}, {programs});
    BOOST_TEST(compared.exit_code == 1, compared.output);
    BOOST_TEST(compared.at("data.level") == "listed");
    BOOST_TEST((compared.text().find("\\\"words\\\" has other rows") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(fingerprints_of_all_types_are_the_same_after_a_restore) {
    support::Everything const everything;
    auto const id = everything.site().backup(
        {"--fingerprint", "--split-larger-than", "100kB", "--verify", "restore"});
    fs::Path const path = everything.site().backups() / (id + ".manifest.json");
    auto const manifest = json::parse(fs::read_file(path), path.string());
    BOOST_TEST(manifest["level"] == "restored");
    BOOST_TEST(manifest["engine"] == "split");
    for (auto const& table : manifest["tables"]) {
        BOOST_TEST(table.contains("fingerprint"), table.dump());
    }
}

BOOST_AUTO_TEST_CASE(a_trial_on_a_given_server_leaves_nothing_there) {
    Shop const shop;
    auto const before = trials();
    std::pair<std::string, std::string> const server{
        "SLIPWAY_DB_BACKUP_VERIFY_SERVER", support::test_server().uri().reveal()};
    auto const made = shop.run({"--verify", "restore", "--id", "one"}, {server});
    BOOST_TEST(made.exit_code == 0, made.output);
    BOOST_TEST(made.at("data.level") == "restored");
    BOOST_TEST(trials() == before);

    // Killed in the middle, it leaves a database that the next trial drops.
    fs::Path const restoring = shop.folder() / "restoring";
    auto const bin = shop.programs(
        "exec $REAL \"$@\"",
        "[ -z \"$RESTORING\" ] && exec $REAL \"$@\"; : >" + restoring.string() + "; exec sleep 60");
    auto child = proc::Child::start(shop.command(
        {"verify", "one", "--verify", "restore"}, {server, {"SLIPWAY_PG_BIN", bin.string()}}));
    while (!std::filesystem::exists(restoring)) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    child.kill(SIGKILL);
    while (!child.reaped()) {
        child.reap();
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    BOOST_TEST(trials() == before + 1);
    BOOST_TEST(shop.run({"verify", "one", "--verify", "restore"}, {server}).exit_code == 0);
    BOOST_TEST(trials() == before);
}

BOOST_AUTO_TEST_CASE(a_server_for_the_trial_that_is_not_there_proves_nothing) {
    Shop const shop;
    auto const made = shop.run(
        {"--verify", "restore"},
        {{"SLIPWAY_DB_BACKUP_VERIFY_SERVER", "postgresql://u:topsecret@127.0.0.1:1/x"}});
    BOOST_TEST(made.exit_code == 1, made.output);
    BOOST_TEST(made.check("archive.restored") == "failed");
    BOOST_TEST(made.at("data.level") == "listed");
    BOOST_TEST((made.text().find("topsecret") == std::string::npos));
    BOOST_TEST((made.output.find("topsecret") == std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
