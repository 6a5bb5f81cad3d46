// SPDX-License-Identifier: Apache-2.0
#include "record/write.hpp"

#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "hash/digest.hpp"
#include "record/read.hpp"
#include "support/record_schema.hpp"
#include "support/sample_record.hpp"
#include "text/escape.hpp"

#include <cmath>
#include <limits>

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(record_write)

using namespace slipway;
using support::full_record;
using support::sample_record;

namespace {
std::vector<std::string> files_in(fs::Path const& folder) {
    std::vector<std::string> out;
    for (auto const& entry : std::filesystem::directory_iterator{folder}) {
        out.push_back(entry.path().filename().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}
} // namespace

BOOST_AUTO_TEST_CASE(a_record_with_everything_filled_is_read_back_as_it_was) {
    fs::TempFolder const folder{"record-test-"};
    fs::Path const file = folder.path() / "a.json";
    record::write(full_record(), file, {});
    support::require_valid_record(file);
    auto const found = record::read(file);
    BOOST_TEST(
        json::write(record::to_json(found.record, {})) ==
        json::write(record::to_json(full_record(), {})));
    BOOST_TEST(found.sha256 == hash::sha256_hex(fs::read_file(file)));
    BOOST_TEST(found.path == file);
    BOOST_TEST(found.record.error->sqlstate() == "08006");
    BOOST_TEST(found.record.checks.front().where.text() == "db/a.sql:3:7");
    BOOST_TEST((found.record.metrics.at(1).samples == full_record().metrics.at(1).samples));
}

BOOST_AUTO_TEST_CASE(a_record_with_nothing_filled_is_valid_too) {
    record::Record record;
    record.tool = "preflight";
    record.version = "0.1.0";
    record.run.id = "r1";
    support::require_valid_record(record::to_json(record, {}));
    auto const document = record::to_json(record, {});
    BOOST_TEST(json::at(document, "exit_code").is_null());
    BOOST_TEST(json::at(document, "finished_at").is_null());
    BOOST_TEST(!document.contains("target"));
}

BOOST_AUTO_TEST_CASE(the_schema_sees_a_wrong_type_in_every_object) {
    struct Row {
        char const* pointer;
        json::Value wrong;
    };
    for (auto const& row :
         {Row{"/schema", "slipway/record/2"},
          Row{"/tool", "DB Backup"},
          Row{"/version", 1},
          Row{"/status", "success"},
          Row{"/exit_code", "3"},
          Row{"/dry_run", "yes"},
          Row{"/summary", nullptr},
          Row{"/started_at", "2026-01-31 10:00"},
          Row{"/finished_at", "2026-01-31T10:00:00Z"},
          Row{"/duration_ms", -1},
          Row{"/duration_ms", 1.5},
          Row{"/run/id", ""},
          Row{"/run/attempt", 0},
          Row{"/run/ci", "jenkins"},
          Row{"/target/oid", "16384"},
          Row{"/target/system_identifier", 7123456789012345678},
          Row{"/checks/0/status", "error"},
          Row{"/checks/0/severity", "high"},
          Row{"/checks/0/duration_ms", "40"},
          Row{"/checks/0/where/line", 0},
          Row{"/metrics/0/value", "1"},
          Row{"/metrics/1/labels/endpoint", 3},
          Row{"/metrics/1/samples/0/0", 12},
          Row{"/metrics/1/samples/0/1", "12"},
          Row{"/artifacts/0/sha256", std::string(64, 'A')},
          Row{"/artifacts/0/sha256", std::string(63, 'a')},
          Row{"/artifacts/0/bytes", -1},
          Row{"/artifacts/1/portable", "no"},
          Row{"/inputs/0/sha256", ""},
          Row{"/inputs/0/status", "ok"},
          Row{"/error/kind", "fatal"},
          Row{"/error/sqlstate", "8006"},
          Row{"/data", json::Value::array()}}) {
        BOOST_TEST_CONTEXT(row.pointer) {
            auto document = record::to_json(full_record(), {});
            document.at(json::Value::json_pointer(row.pointer)) = row.wrong;
            BOOST_TEST(!support::schema_violations("record-1", document).empty());
        }
    }
    auto const whole = record::to_json(full_record(), {});
    for (auto const& field : whole.items()) {
        auto document = whole;
        document.erase(field.key());
        bool const may_be_absent = field.key() == "target";
        BOOST_TEST(support::schema_violations("record-1", document).empty() == may_be_absent);
    }
}

BOOST_AUTO_TEST_CASE(fields_of_a_later_version_do_not_make_a_record_invalid) {
    auto document = record::to_json(full_record(), {});
    document["later"] = 1;
    document["checks"][0]["later"] = json::Value::object();
    BOOST_CHECK_NO_THROW(support::require_valid_record(document));
}

BOOST_AUTO_TEST_CASE(a_long_series_is_folded_to_500_points_with_its_extremes) {
    record::Record record = sample_record();
    record::Metric metric;
    metric.name = "latency";
    metric.unit = "ms";
    for (int i = 0; i < 12'345; ++i) {
        double const value = i == 777 ? 1e9 : i == 9'999 ? -1e9 : std::sin(i);
        metric.samples.emplace_back(record.started_at + time::Milliseconds{i}, value);
    }
    record.metrics.push_back(metric);
    auto const document = record::to_json(record, {});
    support::require_valid_record(document);
    auto const& samples = document.at("metrics").at(0).at("samples");
    BOOST_TEST(samples.size() == 500U);
    double highest = 0;
    double lowest = 0;
    std::string last;
    for (auto const& sample : samples) {
        highest = std::max(highest, sample.at(1).get<double>());
        lowest = std::min(lowest, sample.at(1).get<double>());
        BOOST_TEST(sample.at(0).get<std::string>() > last); // in their order
        last = sample.at(0).get<std::string>();
    }
    BOOST_TEST(highest == 1e9);
    BOOST_TEST(lowest == -1e9);
}

BOOST_AUTO_TEST_CASE(up_to_500_points_stay_as_they_are) {
    for (int const points : {1, 499, 500, 501}) {
        record::Record record = sample_record();
        record.metrics.push_back({"m", "ms", {}, {}, {}});
        for (int i = 0; i < points; ++i) {
            record.metrics[0].samples.emplace_back(record.started_at, i);
        }
        auto const document = record::to_json(record, {});
        BOOST_TEST(
            document.at("metrics").at(0).at("samples").size() ==
            static_cast<std::size_t>(std::min(points, 500)));
    }
}

BOOST_AUTO_TEST_CASE(numbers_that_json_does_not_have_are_left_out) {
    record::Record record = sample_record();
    double const inf = std::numeric_limits<double>::infinity();
    record.add_metric("ratio", "", std::nan(""));
    record.metrics.push_back(
        {"latency",
         "ms",
         {},
         inf,
         {{record.started_at, 1.0}, {record.started_at, -inf}, {record.started_at, std::nan("")}}});
    fs::TempFolder const folder{"record-test-"};
    record::write(record, folder.path() / "a.json", {});
    support::require_valid_record(folder.path() / "a.json");
    auto const back = record::read(folder.path() / "a.json").record;
    BOOST_TEST(!back.metrics.at(0).value.has_value());
    BOOST_TEST(!back.metrics.at(1).value.has_value());
    BOOST_TEST(back.metrics.at(1).samples.size() == 1U);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_replaced_wherever_they_stand) {
    record::Record record = full_record();
    std::string const bad = "a\xFF\xC0";
    record.summary = bad;
    record.run.actor = bad;
    record.run.environment = bad;
    record.checks[0].message = bad;
    record.checks[0].actual = json::Box{json::Value{{bad, bad}}};
    record.metrics[1].labels = {{bad, bad}};
    record.error = Error{ErrorKind::unavailable, bad, bad}.with_where({bad, 0, 0});
    *record.data = json::Value{{bad, {bad}}};
    fs::TempFolder const folder{"record-test-"};
    record::write(record, folder.path() / "a.json", {});
    support::require_valid_record(folder.path() / "a.json");
    auto const back = record::read(folder.path() / "a.json").record;
    BOOST_TEST(back.summary == "a\xEF\xBF\xBD\xEF\xBF\xBD");
    BOOST_TEST(back.run.environment == back.summary);
}

BOOST_AUTO_TEST_CASE(no_spelling_of_a_secret_is_in_the_file) {
    std::string const secret = "pa ss/w\"or\\d&+%1";
    secret::Redactor redactor;
    redactor.add_password("shop", secret);
    std::vector<std::string> const spellings{
        secret,
        text::percent_encode(secret),
        text::html_escape(secret),
        text::base64_encode(secret),
        text::base64_encode("shop:" + secret),
        json::write(json::Value(secret))};
    record::Record record = full_record();
    for (auto const& spelling : spellings) {
        std::string const dirty = "before " + spelling + " after";
        record.summary += dirty;
        record.run.url += dirty;
        record.run.actor += dirty;
        record.run.job += dirty;
        record.checks.push_back(record.checks.front());
        auto& check = record.checks.back();
        check.id = check.title = check.message = check.hint = check.where.file = dirty;
        check.expected = json::Box{json::Value{{"a", {dirty, {{dirty, 1}}}}}};
        check.actual = json::Box{json::Value(dirty)};
        record.metrics[1].labels[dirty] = record.metrics[1].name = dirty;
        record.run.name = dirty;
        record.artifacts[0].path = record.artifacts[0].uri = dirty;
        record.inputs[0].path = dirty;
        record.error = Error{ErrorKind::unavailable, dirty, dirty}.with_where({dirty, 1, 1});
        (*record.data)[dirty] = json::Value{{dirty, {dirty}}};
    }
    fs::TempFolder const folder{"record-test-"};
    record::write(record, folder.path() / "a.json", redactor);
    support::require_valid_record(folder.path() / "a.json");
    std::string const text = fs::read_file(folder.path() / "a.json");
    for (auto const& spelling : spellings) {
        BOOST_TEST(text.find(spelling) == std::string::npos);
    }
    for (std::string_view const piece : {"w\\\"or", "pa ss", "%2Fw", "&quot;or", "cGEgc3"}) {
        BOOST_TEST(text.find(piece) == std::string::npos);
    }
    BOOST_TEST(
        record::read(folder.path() / "a.json").record.summary.find("before ***") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_password_that_is_a_word_of_the_record_does_not_spoil_it) {
    // postgres://postgres:postgres@…/postgres is what every CI job starts with.
    record::Record record = full_record();
    record.target->database = "postgres";
    record.run.environment = "test";
    secret::Redactor redactor;
    for (auto const* const word :
         {"postgres",
          "test",
          "error",
          "failed",
          "critical",
          "passed",
          "sample-tool",
          "create",
          "backup",
          "slipway/record/1",
          "unavailable",
          "preflight",
          "2026-01-31T10:00:00.000Z"}) {
        redactor.add(word);
    }
    fs::TempFolder const folder{"record-test-"};
    record::write(record, folder.path() / "a.json", redactor);
    support::require_valid_record(folder.path() / "a.json");
    auto const back = record::read(folder.path() / "a.json").record;
    BOOST_TEST(back.target->database == "postgres");
    BOOST_TEST(back.run.environment == "test");
    BOOST_TEST(back.tool == "sample-tool");
}

BOOST_AUTO_TEST_CASE(an_older_record_is_kept_under_its_start_time) {
    fs::TempFolder const folder{"record-test-"};
    fs::Path const file = folder.path() / "db-backup.json";
    record::archive(file); // nothing is there, and nothing happens
    auto record = sample_record();
    record.started_at += time::Milliseconds{45};
    for (int i = 0; i < 3; ++i) {
        record::write(record, file, {});
        record::archive(file);
    }
    fs::write_atomic(file, "not a record");
    record::archive(file);
    std::vector<std::string> const wanted{
        "db-backup.20260131T100000Z.045-1.json",
        "db-backup.20260131T100000Z.045-2.json",
        "db-backup.20260131T100000Z.045.json",
        "db-backup.older.json"};
    BOOST_TEST(files_in(folder.path()) == wanted, boost::test_tools::per_element());
    BOOST_TEST(fs::read_file(folder.path() / "db-backup.older.json") == "not a record");
}

BOOST_AUTO_TEST_CASE(what_is_no_plain_file_is_never_moved_out_of_the_way) {
    fs::TempFolder const folder{"record-test-"};
    fs::make_folder(folder.path() / "out" / "full");
    fs::Path const pipe = folder.path() / "pipe";
    BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    for (fs::Path const& path : {folder.path() / "out", pipe, fs::Path{"/dev/null"}}) {
        BOOST_CHECK_EXCEPTION(record::archive(path), Error, [&](Error const& error) {
            return error.kind() == ErrorKind::usage &&
                   error.message().find(path.string()) != std::string::npos;
        });
        BOOST_TEST(std::filesystem::exists(path));
    }
    BOOST_TEST(std::filesystem::is_character_file("/dev/null"));
}

BOOST_AUTO_TEST_CASE(an_artifact_is_measured_and_named_relative_to_its_record) {
    fs::TempFolder const folder{"record-test-"};
    fs::TempFolder const elsewhere{"record-test-"};
    fs::make_folder(folder.path() / "sub");
    fs::write_atomic(folder.path() / "sub" / "a.tar", "abc");
    fs::write_atomic(elsewhere.path() / "b.tar", "");
    auto const inside =
        record::artifact_of("backup", folder.path() / "sub" / "a.tar", folder.path());
    BOOST_TEST(inside.path == "sub/a.tar");
    BOOST_TEST(inside.portable);
    BOOST_TEST(inside.bytes == 3U);
    BOOST_TEST(inside.sha256 == hash::sha256_hex("abc"));
    auto const outside = record::artifact_of("log", elsewhere.path() / "b.tar", folder.path());
    BOOST_TEST(outside.path == std::filesystem::canonical(elsewhere.path() / "b.tar").string());
    BOOST_TEST(!outside.portable);
    BOOST_CHECK_EXCEPTION(
        record::artifact_of("x", folder.path() / "absent", folder.path()),
        Error,
        [](Error const& error) { return error.kind() == ErrorKind::usage; });
}

BOOST_AUTO_TEST_SUITE_END()
