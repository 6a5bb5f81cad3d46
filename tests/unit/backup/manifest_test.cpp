// SPDX-License-Identifier: Apache-2.0
#include "backup/manifest.hpp"

#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "json/schema.hpp"
#include "time/rfc3339.hpp"

#include <set>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(backup_manifest)

using namespace slipway;

namespace {

backup::Manifest sample() {
    backup::Manifest out;
    out.id = "20260131T100000Z-staging-3f2a";
    out.kind = backup::Kind::safety;
    out.environment = "staging";
    out.created_at = *time::from_rfc3339("2026-01-31T10:00:00.123Z");
    out.server_version = "15.20";
    out.pg_dump_version = "16.1";
    out.database = "shop";
    out.database_oid = 16384;
    out.system_identifier = "7710500136922640456";
    out.database_bytes = 412'000'000;
    out.encoding = "UTF8";
    out.roles = {"app", "Ünal"};
    out.archive = {out.id + ".tar", 9'007'199'254'740'993, "aa", "tar"};
    out.members = {{"toc.dat", 10, "bb"}, {"3393.dat.gz", 11, "cc"}};
    out.tables = {{"public", "users", 16390, 5000, true}, {"public", "audit log", 16400, 0, false}};
    out.only_tables = {"public.users"};
    out.commit = "abc";
    out.run_id = "77";
    out.engine = "pg_dump";
    out.level = backup::Level::restored;
    out.duration = time::Milliseconds{3102};
    out.pinned = true;
    out.encryption = backup::Encryption{"age", {"age1qx", "age1qy"}, 7, std::string(64, 'd')};
    out.adopted = backup::Adopted{"old.sql.gz", std::string(64, 'e'), "sql"};
    out.provider_snapshot = backup::ProviderSnapshot{"rds", "snap-1", out.created_at};
    return out;
}

void refuse(json::Value const& value, std::string const& words) {
    BOOST_CHECK_EXCEPTION(backup::from_json(value, "x.manifest.json"), Error, [&](Error const& e) {
        BOOST_TEST_CONTEXT(e.message()) {
            BOOST_TEST((e.message().find(words) != std::string::npos));
        }
        return e.kind() == ErrorKind::usage;
    });
}

} // namespace

BOOST_AUTO_TEST_CASE(a_manifest_comes_back_as_it_was_written) {
    fs::TempFolder const folder{"slipway-test-"};
    auto const path = backup::write_manifest(sample(), folder.path());
    BOOST_TEST(path.filename() == "20260131T100000Z-staging-3f2a.manifest.json");
    auto const back = backup::read_manifest(path);
    BOOST_TEST(json::write(backup::to_json(back)) == json::write(backup::to_json(sample())));
    BOOST_TEST(back.encryption.value().recipients.size() == 2U);
    BOOST_TEST(back.adopted.value().form == "sql");
    BOOST_TEST(back.provider_snapshot.value().marker == "snap-1");
    BOOST_TEST(back.archive.bytes == 9'007'199'254'740'993);
    BOOST_TEST(back.created_at.time_since_epoch().count() % 1000 == 123);
}

BOOST_AUTO_TEST_CASE(unknown_fields_are_ignored_and_an_unknown_major_version_is_not) {
    auto value = backup::to_json(sample());
    value["later"] = 1;
    BOOST_TEST(backup::from_json(value, "x").id == sample().id);
    value["schema"] = "slipway/backup/2";
    refuse(value, "schema: is not slipway/backup/1");
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_of_a_wrong_type_is_named) {
    auto value = backup::to_json(sample());
    value.erase("level");
    refuse(value, "x.manifest.json: level: is no string");
    value = backup::to_json(sample());
    value["level"] = "perfect";
    refuse(value, "level: is no known value: perfect");
    value = backup::to_json(sample());
    value["members"][1]["bytes"] = -1;
    refuse(value, "bytes: is negative");
    value = backup::to_json(sample());
    value["members"][1]["bytes"] = 1.5;
    refuse(value, "bytes: is no whole number");
    value = backup::to_json(sample());
    value["tables"] = "none";
    refuse(value, "tables: is no list");
    refuse(json::Value::array(), "manifest: is no object");
}

BOOST_AUTO_TEST_CASE(a_manifest_cannot_lead_out_of_its_folder) {
    for (auto const* path : {"/etc/passwd", "../other.tar", "a/../../b", ".", ""}) {
        auto value = backup::to_json(sample());
        value["archive"]["path"] = path;
        refuse(value, "path: leads out of the folder");
        value = backup::to_json(sample());
        value["members"][0]["path"] = path;
        refuse(value, "path: leads out of the folder");
    }
    auto value = backup::to_json(sample());
    value["id"] = "../x";
    refuse(value, "id: is no id of a backup");
}

BOOST_AUTO_TEST_CASE(the_schema_describes_what_is_written) {
    fs::Path const path = fs::Path{SLIPWAY_SOURCE_DIR} / "docs" / "schema" / "db-backup-1.json";
    json::Schema const schema{json::parse(fs::read_file(path), path.string()), path.string()};
    auto manifest = sample();
    manifest.archive.sha256 = std::string(64, 'a');
    for (auto& member : manifest.members) {
        member.sha256 = std::string(64, 'b');
    }
    auto const value = backup::to_json(manifest);
    BOOST_TEST(schema.check(value).empty());
    std::set<std::string> const optional{"encryption", "adopted", "provider_snapshot"};
    for (auto const& [key, ignored] : value.items()) {
        auto lacking = value;
        lacking.erase(key);
        BOOST_TEST(schema.check(lacking).empty() == optional.contains(key), key);
    }
    auto wrong = value;
    wrong["members"][0]["sha256"] = "b";
    BOOST_TEST(!schema.check(wrong).empty());
}

BOOST_AUTO_TEST_CASE(ids_sort_by_time_and_are_fit_for_file_names) {
    auto const at = *time::from_rfc3339("2026-01-31T10:00:00Z");
    std::string const id = backup::make_id(at, "Staging/EU west");
    BOOST_TEST(id.starts_with("20260131T100000Z-staging-eu-west-"));
    BOOST_TEST(id.size() == std::string{"20260131T100000Z-staging-eu-west-3f2a"}.size());
    BOOST_TEST(backup::valid_id(id));
    BOOST_TEST((backup::make_id(at, "").find("-none-") != std::string::npos));
    BOOST_TEST((id < backup::make_id(at + std::chrono::seconds{1}, "staging")));
    BOOST_TEST(backup::make_id(at, std::string(500, 'x')).size() <= 64);
    for (auto const* bad : {"", ".partial", "-x", "a/b", "a b", "ä"}) {
        BOOST_TEST(!backup::valid_id(bad));
    }
}

BOOST_AUTO_TEST_SUITE_END()
