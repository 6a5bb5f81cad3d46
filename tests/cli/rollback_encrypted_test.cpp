// SPDX-License-Identifier: Apache-2.0
// rollback and its undo where the backups are encrypted: what opens them, that nothing is stopped
// where nothing does, and that no identity is ever shown. As another role, by the way.
#include "proc/command.hpp"
#include "support/restore_site.hpp"
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback_encrypted)

using namespace slipway;
using support::Environment;
using support::RestoreSite;
using support::ToolRun;

namespace {

struct Key {
    explicit Key(fs::Path path) : file(std::move(path)) {
        proc::Command make;
        make.program = "age-keygen";
        make.arguments = {"--output", file.string()};
        BOOST_TEST_REQUIRE(proc::run(make, {}).ok());
        proc::Command show;
        show.program = "age-keygen";
        show.arguments = {"-y", file.string()};
        recipient = std::string{text::trim(proc::run(show, {}).output)};
        content = fs::read_file(file);
        secret = content.substr(content.find("AGE-SECRET-KEY-"));
        secret = std::string{text::trim(secret)};
    }

    fs::Path file;
    std::string content;
    std::string recipient;
    std::string secret;
};

// A deployment that lost rows: one migration, after an encrypted backup.
class Deployment {
public:
    Deployment() {
        fs::make_folder(records());
        fs::make_folder(site.folder() / "migrations");
        site.backup(
            {"--encrypt", key.recipient, "--output", (records() / "db-backup.json").string()});
    }

    void migrate() const {
        fs::Path const folder = site.folder() / "migrations";
        fs::write_atomic(folder / "001_t.sql", "create table t (x int);\n");
        fs::write_atomic(folder / "001_t.down.sql", "drop table t;\n");
        auto const run = site.run(
            "migrate-apply",
            {"--dir", folder.string(), "--output", (records() / "migrate-apply.json").string()});
        BOOST_TEST_REQUIRE(run.code == 0, run.all());
    }

    [[nodiscard]] fs::Path records() const { return site.folder() / "records"; }
    [[nodiscard]] std::string record(std::string const& name) const {
        return (records() / (name + ".json")).string();
    }

    [[nodiscard]] ToolRun
    run(std::vector<std::string> arguments,
        std::string const& identity,
        std::string const& verb = "run") const {
        std::vector<std::string> all{
            verb,
            "--scope",
            "db",
            "--accept-data-loss",
            "--input",
            records().string(),
            "--quiesce-command",
            "touch " + stopped().string(),
            "--resume-command",
            "true",
            "--log-level",
            "debug"};
        if (!identity.empty()) {
            all.insert(all.end(), {"--identity", identity});
        }
        all.insert(all.end(), arguments.begin(), arguments.end());
        return site.run("rollback", all, {{"BACKUP_IDENTITY", key.content}});
    }

    [[nodiscard]] fs::Path stopped() const { return site.folder() / "stopped"; }

    // In no file below the folder but the key's own, records of the started tools too.
    void require_no_secret() const {
        for (auto const& entry : std::filesystem::recursive_directory_iterator{site.folder()}) {
            if (entry.is_regular_file() && entry.path() != key.file) {
                BOOST_TEST(
                    fs::read_file(entry.path()).find(key.secret) == std::string::npos,
                    entry.path());
            }
        }
    }

    RestoreSite site;
    Key key{site.folder() / "key"};
};

} // namespace

BOOST_AUTO_TEST_CASE(an_encrypted_backup_is_gone_back_to_by_its_identity_and_by_no_other) {
    Deployment const deployment;
    auto const& site = deployment.site;
    site.sql("delete from items where id <= 100");
    auto const without = deployment.run({}, "");
    BOOST_TEST(without.code == 2, without.all());
    BOOST_TEST(without.says("--identity"));
    Key const other{site.folder() / "other"};
    auto const wrong = deployment.run({}, other.file.string());
    BOOST_TEST(wrong.code == 4, wrong.all());
    BOOST_TEST(wrong.says("the identity does not open"));
    auto const role = deployment.run({"--role", "no_such_role"}, deployment.key.file.string());
    BOOST_TEST(role.code == 4, role.all());
    BOOST_TEST(role.says("no_such_role"));
    BOOST_TEST(!std::filesystem::exists(deployment.stopped()));
    BOOST_TEST(site.value("select count(*) from items") == "400");

    auto const run = deployment.run(
        {"--output", deployment.record("rollback"), "--role", site.value("select current_user")},
        "env:BACKUP_IDENTITY");
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(site.value("select count(*) from items") == "500");
    BOOST_TEST(run.all().find(deployment.key.secret) == std::string::npos);
    deployment.require_no_secret();
    auto const listed = site.run("db-backup", {"list"});
    auto const& backups = (*listed.record)->at("data").at("backups");
    BOOST_TEST(backups.size() == 2U);
    for (auto const& backup : backups) {
        BOOST_TEST(backup.contains("encryption"), backup.dump()); // the safety backup, too
    }
    auto const undo = deployment.run({}, "", "undo");
    BOOST_TEST_REQUIRE(undo.code == 0, undo.all());
    BOOST_TEST(site.value("select count(*) from items") == "400");
}

BOOST_AUTO_TEST_CASE(what_a_down_script_dropped_comes_back_from_the_encrypted_safety_backup) {
    Deployment const deployment;
    auto const& site = deployment.site;
    deployment.migrate();
    site.sql("insert into t values (7)");
    auto const run =
        deployment.run({"--output", deployment.record("rollback")}, deployment.key.file.string());
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(site.value("select to_regclass('t') is null") == "t");
    auto const without = deployment.run({}, "", "undo");
    BOOST_TEST(without.code == 2, without.all());
    auto const undo = deployment.run({}, deployment.key.file.string(), "undo");
    BOOST_TEST_REQUIRE(undo.code == 0, undo.all());
    BOOST_TEST(site.value("select x from t") == "7");
    deployment.require_no_secret();
}

BOOST_AUTO_TEST_SUITE_END()
