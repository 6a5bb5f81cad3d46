// SPDX-License-Identifier: Apache-2.0
// Backups encrypted by the stock age program: what it opens, what opens with which identity, and
// that no identity is ever shown.
#include "hash/digest.hpp"
#include "support/restore_site.hpp"
#include "support/shop.hpp"
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_backup_encrypt)

using namespace slipway;
using support::Shop;

namespace {

// A pair of age-keygen's.
struct Pair {
    explicit Pair(fs::Path folder, std::string const& name) : file(std::move(folder) / name) {
        proc::Command make;
        make.program = "age-keygen";
        make.arguments = {"--output", file.string()};
        BOOST_TEST_REQUIRE(proc::run(make, {}).ok());
        proc::Command show;
        show.program = "age-keygen";
        show.arguments = {"-y", file.string()};
        recipient = std::string{text::trim(proc::run(show, {}).output)};
        for (auto const line : text::lines(text = fs::read_file(file))) {
            if (line.starts_with("AGE-SECRET-KEY-")) {
                secret = line;
            }
        }
        BOOST_TEST_REQUIRE(!secret.empty());
    }

    fs::Path file;
    std::string recipient;
    std::string text;
    std::string secret;
};

std::string opened(Pair const& pair, fs::Path const& archive) {
    proc::Command age;
    age.program = "age";
    age.arguments = {"--decrypt", "--identity", pair.file.string(), archive.string()};
    auto const ended = proc::run(age, {});
    BOOST_TEST(ended.ok(), ended.error_tail);
    return ended.output;
}

// The age that the tools find: what was on its command line is noted, then the stock one runs.
std::string path_with_noted_arguments(fs::Path const& folder) {
    fs::make_folder(folder / "bin");
    fs::Path const script = folder / "bin" / "age";
    fs::write_atomic(
        script,
        "#!/bin/sh\necho \"$*\" >> " + (folder / "arguments").string() +
            "\nexec /usr/bin/age \"$@\"\n");
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    return (folder / "bin").string() + ":/usr/bin:/bin";
}

} // namespace

BOOST_AUTO_TEST_CASE(age_itself_opens_the_backup_and_finds_the_plain_tar_in_it) {
    Shop const shop;
    Pair const ours{shop.folder(), "ours"};
    Pair const spare{shop.folder(), "spare"};
    auto const made = shop.run({"--encrypt", ours.recipient, "--encrypt", spare.recipient});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    std::string const id = made.at("data.id");
    BOOST_TEST(made.at("data.level") == "listed");
    BOOST_TEST(made.check("archive.encrypted") == "passed");
    BOOST_TEST(shop.files() == (std::vector{id + ".manifest.json", id + ".tar.age"}));
    for (auto const* pair : {&ours, &spare}) {
        std::string const tar = opened(*pair, shop.backups() / (id + ".tar.age"));
        BOOST_TEST(hash::sha256_hex(tar) == made.at("data.encryption.sha256"));
        BOOST_TEST(tar.starts_with(id + "/toc.dat"));
    }
    BOOST_TEST(shop.partials().empty());
    auto const listed = shop.run({"list"});
    BOOST_TEST((listed.output.find("encrypted") != std::string::npos), listed.output);
}

BOOST_AUTO_TEST_CASE(a_restore_is_tried_before_it_is_encrypted_and_after_it_with_the_identity) {
    Shop const shop;
    Pair const pair{shop.folder(), "pair"};
    auto const made = shop.run({"--encrypt", pair.recipient, "--verify", "restore"});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    BOOST_TEST(made.at("data.level") == "restored");
    auto const second = shop.run({"--encrypt", pair.recipient});
    auto const verified = shop.run(
        {"verify", second.at("data.id"), "--verify", "restore", "--identity", pair.file.string()});
    BOOST_TEST(verified.exit_code == 0, verified.output);
    BOOST_TEST((*verified.record)["data"]["verified"][0]["proven"] == "restored");
    BOOST_TEST((*shop.run({"list"}).record)["data"]["backups"][1]["level"] == "restored");
    BOOST_TEST(shop.partials().empty());
}

BOOST_AUTO_TEST_CASE(without_the_identity_only_checksums_are_proven_and_another_one_is_refused) {
    Shop const shop;
    Pair const pair{shop.folder(), "pair"};
    Pair const other{shop.folder(), "other"};
    auto const made = shop.run({"--encrypt", pair.recipient});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    std::string const id = made.at("data.id");
    auto const blind = shop.run({"verify", id});
    BOOST_TEST(blind.exit_code == 0, blind.output);
    BOOST_TEST((*blind.record)["data"]["verified"][0]["proven"] == "stored");
    BOOST_TEST(blind.check("archive.listed") == "skipped");
    auto const wrong = shop.run({"verify", id, "--identity", other.file.string()});
    BOOST_TEST(wrong.exit_code == 4, wrong.output);
    BOOST_TEST(
        (wrong.at("error.message") == "the identity does not open " + id),
        wrong.at("error.message"));
    BOOST_TEST((wrong.output.find(pair.recipient) != std::string::npos), wrong.output);
    // A bit is found without any key, and by the key's own checksum.
    fs::Path const archive = shop.backups() / (id + ".tar.age");
    std::string content = fs::read_file(archive);
    content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
    fs::write_atomic(archive, content);
    BOOST_TEST(shop.run({"verify", id}).exit_code == 1);
    BOOST_TEST(shop.partials().empty());
}

BOOST_AUTO_TEST_CASE(keys_that_are_none_are_refused_and_a_private_one_is_not_repeated) {
    Shop const shop;
    Pair const pair{shop.folder(), "pair"};
    auto const private_one = shop.run({"--encrypt", pair.secret});
    BOOST_TEST(private_one.exit_code == 2, private_one.output);
    BOOST_TEST((private_one.output + private_one.text()).find(pair.secret) == std::string::npos);
    BOOST_TEST(shop.run({"--encrypt", "ssh-rsa"}).exit_code == 2);
    auto const literal = shop.run({"verify", "--identity", pair.secret});
    BOOST_TEST(literal.exit_code == 2, literal.output);
    BOOST_TEST((literal.output + literal.text()).find(pair.secret) == std::string::npos);
    auto const unset = shop.run({"verify", "--identity", "env:NO_SUCH_KEY"});
    BOOST_TEST(unset.exit_code == 2, unset.output);
    auto const made_up =
        shop.run({"--encrypt", "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"});
    BOOST_TEST(made_up.exit_code != 0);
    BOOST_TEST(shop.files().empty());
    auto const missing = shop.run({"--encrypt", pair.recipient}, {{"PATH", "/nowhere"}});
    BOOST_TEST(missing.exit_code == 3, missing.output);
    BOOST_TEST((missing.output.find("apt-get install age") != std::string::npos), missing.output);
    BOOST_TEST(shop.files().empty());
}

BOOST_AUTO_TEST_CASE(
    an_identity_is_in_no_argument_log_or_record_and_the_safety_backup_is_encrypted) {
    support::RestoreSite const site;
    Pair const pair{site.folder(), "pair"};
    std::string const path = path_with_noted_arguments(site.folder());
    std::string const id = site.backup({"--encrypt", pair.recipient});
    std::string const before = site.value("select count(*) from items");
    site.sql("delete from items where id > 3");
    auto const restored = site.run(
        "db-restore",
        {"--backup-id",
         id,
         "--identity",
         "env:BACKUP_IDENTITY",
         "--yes",
         "--terminate",
         "--accept-data-loss",
         "--log-level",
         "debug"},
        {{"BACKUP_IDENTITY", pair.text}, {"PATH", path}});
    BOOST_TEST_REQUIRE(restored.code == 0, restored.all());
    BOOST_TEST(site.value("select count(*) from items") == before);
    std::string const arguments = fs::read_file(site.folder() / "arguments");
    BOOST_TEST((arguments.find("--identity -") != std::string::npos), arguments);
    BOOST_TEST((arguments.find("--recipient " + pair.recipient) != std::string::npos), arguments);
    BOOST_TEST(arguments.find("SECRET") == std::string::npos);
    BOOST_TEST(restored.all().find(pair.secret) == std::string::npos);
    auto const listed = site.run("db-backup", {"list"});
    json::Value const& data = **listed.record;
    for (auto const& backup : data["data"]["backups"]) {
        BOOST_TEST(backup.contains("encryption"), backup.dump());
    }
    BOOST_TEST(data["data"]["backups"].size() == 2U);
    auto const locked = site.restore({"--backup-id", id, "--into", site.name() + "_x", "--yes"});
    BOOST_TEST(locked.code == 2, locked.all());
    BOOST_TEST(locked.says("--identity FILE"));
}

BOOST_AUTO_TEST_SUITE_END()
