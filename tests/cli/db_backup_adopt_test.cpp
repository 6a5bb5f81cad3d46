// SPDX-License-Identifier: Apache-2.0
// db-backup adopt, fetch and the provider's snapshot: what others made becomes like our own.
#include "step/safety.hpp"
#include "support/shop.hpp"
#include "text/join.hpp"

#include <cstdlib>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_backup_adopt)

using namespace slipway;
using support::Shop;

namespace {

std::string shell(Shop const& shop, std::string const& script) {
    proc::Command command;
    command.program = "/bin/sh";
    command.arguments = {"-ec", script};
    command.folder = shop.folder();
    command.environment = shop.database().conninfo().libpq_environment();
    auto const ended = proc::run(command, {});
    BOOST_TEST_REQUIRE(ended.ok(), ended.error_tail);
    return std::string{text::trim(ended.output)};
}

} // namespace

BOOST_AUTO_TEST_CASE(every_form_of_pg_dump_becomes_a_backup_that_restores_with_the_same_rows) {
    Shop const shop;
    std::string const name = shop.database().name();
    std::string const role = "owner_of_" + name;
    shop.database().run(
        "create role " + role + "; create table theirs (text text); alter table theirs owner to " +
        role + R"(; insert into theirs values (E'\\! rm -rf x'), (E'a\nb'))");
    shell(
        shop,
        "pg_dump | gzip > plain.sql.gz; pg_dump -C -f create.sql; pg_dump -Fc -f custom.dump; "
        "pg_dump -Ft -f tar.tar; pg_dump -Fd -f folder");
    std::string const rows = support::row_counts(shop.database());
    std::int64_t position = 0;
    for (auto const& [file, form] : std::vector<std::pair<std::string, std::string>>{
             {"plain.sql.gz", "sql"},
             {"create.sql", "sql"},
             {"custom.dump", "custom"},
             {"tar.tar", "tar"},
             {"folder", "directory"}}) {
        BOOST_TEST_CONTEXT(file) {
            auto const adopted = shop.run(
                {"adopt",
                 (shop.folder() / file).string(),
                 "--database",
                 name,
                 "--environment",
                 "staging"});
            BOOST_TEST_REQUIRE(adopted.exit_code == 0, adopted.output);
            BOOST_TEST(adopted.check("foreign.restored") == "passed");
            BOOST_TEST(adopted.at("data.adopted.form") == form);
            BOOST_TEST(adopted.at("data.adopted.file") == file);
            BOOST_TEST(adopted.at("data.database") == name);
            BOOST_TEST(adopted.at("data.level") == "listed");
            BOOST_TEST((*adopted.record)["data"]["roles"].dump().find(role) != std::string::npos);
            if (position++ == 0) {
                std::string const id = adopted.at("data.id");
                support::Database const other;
                shell(
                    shop,
                    "tar xf " + (shop.backups() / (id + ".tar")).string() + " && pg_restore -d " +
                        other.name() + " " + id);
                BOOST_TEST(support::row_counts(other) == rows);
            }
        }
    }
    BOOST_TEST(shop.partials().empty());
    shop.database().run("drop owned by " + role + "; drop role " + role);
}

BOOST_AUTO_TEST_CASE(what_is_adopted_counts_for_itself_unless_its_server_is_named) {
    Shop const shop;
    auto const own = shop.run({"--environment", "staging", "--id", "own"});
    BOOST_TEST_REQUIRE(own.exit_code == 0, own.output);
    std::string const name = shop.database().name();
    shell(shop, "pg_dump -Fc -f one.dump");
    auto const adopt = [&](std::vector<std::string> more) {
        std::vector<std::string> words{"adopt", (shop.folder() / "one.dump").string()};
        words.insert(words.end(), {"--environment", "staging", "--database", name});
        words.insert(words.end(), more.begin(), more.end());
        return shop.run(words);
    };
    auto const unknown = adopt({});
    BOOST_TEST_REQUIRE(unknown.exit_code == 0, unknown.output);
    BOOST_TEST(unknown.at("data.system_identifier").empty());
    // It removes nothing, and neither does the rule of the database's own backups remove it.
    BOOST_TEST(shop.files().size() == 4U);
    auto const second = shop.run({"--environment", "staging", "--id", "second", "--keep", "1"});
    BOOST_TEST_REQUIRE(second.exit_code == 0, second.output);
    BOOST_TEST((*second.record)["data"]["pruned"] == json::Value::array({"own"}));

    std::string const server = own.at("data.system_identifier");
    BOOST_TEST_REQUIRE(!server.empty());
    BOOST_TEST(adopt({"--system-identifier", "none"}).exit_code == 2);
    auto const known = adopt({"--system-identifier", server});
    BOOST_TEST_REQUIRE(known.exit_code == 0, known.output);
    BOOST_TEST(known.at("data.system_identifier") == server);
    BOOST_TEST(known.at("target.system_identifier") == server);
    // As it is older than `second`, the rule has it go.
    auto const pruned = shop.run({"prune", "--keep", "1"});
    BOOST_TEST_REQUIRE(pruned.exit_code == 0, pruned.output);
    BOOST_TEST(
        (*pruned.record)["data"]["pruned"] == json::Value::array({known.at("data.id")}),
        pruned.text());
}

BOOST_AUTO_TEST_CASE(of_the_safety_backups_of_other_tools_five_stay_beside_the_regular_ones) {
    ::setenv("SLIPWAY_BIN", SLIPWAY_BUILD_DIR "/bin", 1); // where siblings are looked for
    Shop const shop;
    BOOST_TEST_REQUIRE(shop.run({"--id", "regular", "--environment", "staging"}).exit_code == 0);
    std::vector<std::string> made;
    auto const make = [&](bool keep_all) {
        step::Safety safety;
        safety.database_url = shop.database().conninfo().uri().reveal();
        safety.run_id = "r1";
        safety.environment = "staging";
        safety.folders = {shop.backups()};
        safety.output = shop.folder() / "safety.json";
        safety.keep_all = keep_all;
        auto const ended = step::make_safety_backup(safety, {});
        auto const& found = step::require_success(ended, "the safety backup failed");
        made.push_back(json::text_at(*found.record.data, "id"));
    };
    auto const left = [&] {
        std::vector<std::string> out;
        auto const listed = shop.run({"list"});
        for (auto const& one : (*listed.record)["data"]["backups"]) {
            out.push_back(one.at("id"));
        }
        return out;
    };
    for (int i = 0; i < 7; ++i) {
        make(false);
    }
    std::vector<std::string> expected{"regular"};
    expected.insert(expected.end(), made.end() - 5, made.end());
    BOOST_TEST(left() == expected, boost::test_tools::per_element());
    make(true);
    expected.push_back(made.back());
    BOOST_TEST(left() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_foreign_file_that_is_damaged_or_reaches_further_is_not_taken_in) {
    Shop const shop;
    shell(
        shop,
        "pg_dump -f whole.sql; head -n -9 whole.sql > cut.sql; pg_dump -Fc -f whole.dump; "
        "head -c 3000 whole.dump > cut.dump; gzip < whole.sql | head -c 900 > cut.sql.gz; "
        "(cat whole.sql; echo '\\! touch hacked') > evil.sql; echo hello > text.sql; "
        "(echo 'select broken;'; cat whole.sql) > wrong.sql");
    for (auto const& [file, code, words] : std::vector<std::tuple<std::string, int, std::string>>{
             {"cut.sql", 1, "is cut off"},
             {"cut.dump", 1, "pg_restore"},
             {"cut.sql.gz", 1, "gzip"},
             {"evil.sql", 4, "it runs a command of psql: \\! touch hacked"},
             {"text.sql", 2, "is no script of pg_dump"},
             {"wrong.sql", 1, "broken"},
             {"nosuch.sql", 2, "there is no"}}) {
        BOOST_TEST_CONTEXT(file) {
            auto const refused = shop.run({"adopt", (shop.folder() / file).string()});
            BOOST_TEST(refused.exit_code == code, refused.output);
            BOOST_TEST(
                (refused.at("error.message").find(words) != std::string::npos),
                refused.at("error.message"));
        }
    }
    BOOST_TEST(!std::filesystem::exists(shop.folder() / "hacked"));
    BOOST_TEST(shop.files().empty());
    BOOST_TEST(shop.partials().empty());
}

BOOST_AUTO_TEST_CASE(fetch_brings_a_backup_whole_or_not_at_all) {
    Shop const shop;
    auto const made = shop.run({});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    std::string const id = made.at("data.id");
    std::string const there = (shop.folder() / "there").string();
    auto const fetched = shop.run({"fetch", id, "--from", shop.backups().string(), "--to", there});
    BOOST_TEST_REQUIRE(fetched.exit_code == 0, fetched.output);
    BOOST_TEST((*fetched.record)["data"]["fetched"][0]["id"] == id);
    BOOST_TEST(shop.run({"verify", id, "--to", there}).exit_code == 0);
    auto const again = shop.run({"fetch", id, "--from", shop.backups().string(), "--to", there});
    BOOST_TEST(again.exit_code == 2, again.output);
    fs::Path const archive = shop.backups() / (id + ".tar");
    std::string content = fs::read_file(archive);
    content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
    fs::write_atomic(archive, content);
    std::string const nowhere = (shop.folder() / "nowhere").string();
    auto const damaged =
        shop.run({"fetch", id, "--from", shop.backups().string(), "--to", nowhere});
    BOOST_TEST(damaged.exit_code == 1, damaged.output);
    BOOST_TEST(std::filesystem::is_empty(nowhere));
    BOOST_TEST(shop.run({"fetch", id}).exit_code == 2);
    BOOST_TEST(shop.run({"list", "--to", "gs://bucket/x"}).exit_code == 2);
    BOOST_TEST(shop.run({"list", "--to", "s3://bucket//x"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_provider_s_snapshot_is_recorded_beside_the_dump_or_instead_of_it) {
    Shop const shop;
    auto const beside =
        shop.run({"--provider-snapshot", "echo asking >&2; echo one; echo rds:$SLIPWAY_BACKUP_ID"});
    BOOST_TEST_REQUIRE(beside.exit_code == 0, beside.output);
    BOOST_TEST(beside.at("data.provider_snapshot.marker") == "rds:" + beside.at("data.id"));
    BOOST_TEST(beside.check("provider.snapshot") == "passed");
    BOOST_TEST(shop.files().size() == 2U);
    auto const instead = shop.run({"--no-dump", "--provider-snapshot", "echo rds:two"});
    BOOST_TEST(instead.exit_code == 0, instead.output);
    BOOST_TEST(instead.at("data.provider_snapshot.marker") == "rds:two");
    auto const failed = shop.run({"--provider-snapshot", "echo half; echo no quota >&2; exit 3"});
    BOOST_TEST(failed.exit_code == 1, failed.output);
    BOOST_TEST((failed.at("error.message").find("no quota") != std::string::npos));
    BOOST_TEST(shop.run({"--provider-snapshot", "true"}).exit_code == 1);
    BOOST_TEST(shop.run({"--no-dump"}).exit_code == 2);
    BOOST_TEST(shop.files().size() == 2U);
    BOOST_TEST(shop.partials().empty());
}

BOOST_AUTO_TEST_SUITE_END()
