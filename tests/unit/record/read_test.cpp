// SPDX-License-Identifier: Apache-2.0
#include "record/read.hpp"

#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "record/write.hpp"
#include "support/sample_record.hpp"
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(record_read)

using namespace slipway;
using support::full_record;
using support::sample_record;

namespace {

record::Record at(std::int64_t minutes, std::string summary) {
    auto record = sample_record();
    record.started_at += std::chrono::minutes{minutes};
    *record.finished_at += std::chrono::minutes{minutes};
    record.summary = std::move(summary);
    return record;
}

template <class Founds>
std::string summaries(Founds const& founds) {
    std::vector<std::string> out;
    for (auto const& found : founds) {
        if constexpr (std::is_pointer_v<std::decay_t<decltype(found)>>) {
            out.push_back(found->record.summary);
        } else {
            out.push_back(found.record.summary);
        }
    }
    return text::join(out, " ");
}

} // namespace

BOOST_AUTO_TEST_CASE(a_fault_in_a_record_names_the_file_and_the_field) {
    struct Row {
        char const* pointer;
        json::Value wrong;
        std::string_view named;
    };
    fs::TempFolder const folder{"record-test-"};
    fs::Path const file = folder.path() / "a.json";
    for (auto const& row :
         {Row{"/schema", "slipway/record/2", "slipway/record/2 is not known"},
          Row{"/schema", "other/1", "schema"},
          Row{"/schema", nullptr, "this is no record"},
          Row{"/tool", 3, "tool: is no string"},
          Row{"/tool", "", "tool: is missing"},
          Row{"/status", "success", "status: is missing or unknown"},
          Row{"/exit_code", "0", "exit_code: is no whole number"},
          Row{"/dry_run", 1, "dry_run: is neither true nor false"},
          Row{"/started_at", "yesterday", "started_at: is no RFC 3339 time"},
          Row{"/checks", json::Value::object(), "checks: is no list"},
          Row{"/checks/0/status", "error", "checks/archive.readable"},
          Row{"/metrics/1/samples/0", 3, "metrics/http.latency"},
          Row{"/run", nullptr, "run"},
          Row{"/artifacts/0", "a.tar", "artifacts"}}) {
        BOOST_TEST_CONTEXT(row.named) {
            auto document = record::to_json(full_record(), {});
            document.at(json::Value::json_pointer(row.pointer)) = row.wrong;
            fs::write_atomic(file, json::write(document));
            BOOST_CHECK_EXCEPTION(record::read(file), Error, [&](Error const& error) {
                BOOST_TEST_MESSAGE(error.message());
                return error.kind() == ErrorKind::usage &&
                       error.message().starts_with(file.string()) &&
                       error.message().find(row.named) != std::string::npos;
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(broken_json_is_told_with_line_and_column) {
    fs::TempFolder const folder{"record-test-"};
    fs::Path const file = folder.path() / "a.json";
    fs::write_atomic(file, "{\n  \"schema\": \"slipway/record/1\",\n  nope\n}");
    BOOST_CHECK_EXCEPTION(record::read(file), Error, [&](Error const& error) {
        return error.kind() == ErrorKind::usage && error.where().text() == file.string() + ":3:4";
    });
    BOOST_CHECK_EXCEPTION(record::read(folder.path() / "absent"), Error, [](Error const& error) {
        return error.kind() == ErrorKind::usage;
    });
}

BOOST_AUTO_TEST_CASE(fields_of_a_later_version_are_ignored) {
    fs::TempFolder const folder{"record-test-"};
    fs::Path const file = folder.path() / "a.json";
    auto document = record::to_json(full_record(), {});
    document["later"] = {{"a", 1}};
    document["run"]["later"] = 1;
    document["checks"][0]["later"] = 1;
    fs::write_atomic(file, json::write(document));
    BOOST_TEST(
        json::write(record::to_json(record::read(file).record, {})) ==
        json::write(record::to_json(full_record(), {})));
}

BOOST_AUTO_TEST_CASE(folders_are_searched_for_records_oldest_first) {
    fs::TempFolder const folder{"record-test-"};
    fs::make_folder(folder.path() / "deep" / "er");
    record::write(at(3, "three"), folder.path() / "a.json", {});
    record::write(at(1, "one"), folder.path() / "deep" / "er" / "b.json", {});
    record::write(at(2, "two"), folder.path() / "deep" / "c.json", {});
    fs::write_atomic(folder.path() / "package.json", "{\"name\": \"x\"}");
    fs::write_atomic(folder.path() / "broken.json", "{");
    fs::write_atomic(folder.path() / "empty.json", "");
    record::write(at(9, "no-json"), folder.path() / "d.txt", {});
    BOOST_TEST(summaries(record::collect({folder.path()})) == "one two three");
}

BOOST_AUTO_TEST_CASE(a_record_found_twice_counts_once) {
    fs::TempFolder const folder{"record-test-"};
    fs::make_folder(folder.path() / "copy");
    record::write(at(1, "one"), folder.path() / "a.json", {});
    record::write(at(1, "other"), folder.path() / "b.json", {}); // the same time lies between
    std::filesystem::copy(folder.path() / "a.json", folder.path() / "copy" / "a.json");
    BOOST_TEST(
        summaries(record::collect({folder.path(), folder.path() / "a.json"})) == "one other");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_named_must_be_a_record) {
    fs::TempFolder const folder{"record-test-"};
    fs::write_atomic(folder.path() / "package.json", "{\"name\": \"x\"}");
    for (fs::Path const& path : {folder.path() / "package.json", folder.path() / "absent.json"}) {
        BOOST_CHECK_EXCEPTION(record::collect({path}), Error, [&](Error const& error) {
            return error.kind() == ErrorKind::usage &&
                   error.message().find(path.string()) != std::string::npos;
        });
    }
}

BOOST_AUTO_TEST_CASE(of_each_run_and_step_the_newest_is_taken) {
    fs::TempFolder const folder{"record-test-"};
    auto const put = [&](record::Record const& record, fs::Path const& name) {
        record::write(record, folder.path() / name, {});
    };
    put(at(1, "archived"), "db-backup.20260131T100100Z.000.json");
    put(at(2, "newest"), "db-backup.json");
    put(at(3, "second-step"), "safety.json"); // the same tool by another step
    auto other = at(4, "other-run");
    other.run.id = "r2";
    put(other, "db-backup.20260131T100400Z.000.json");
    auto dry = at(5, "dry");
    dry.dry_run = true;
    put(dry, "db-backup-dry-run.json");
    auto const all = record::collect({folder.path()});
    BOOST_TEST(summaries(record::newest(all)) == "newest second-step other-run dry");
}

BOOST_AUTO_TEST_CASE(an_input_is_pinned_by_its_checksum_with_a_relative_path) {
    fs::TempFolder const folder{"record-test-"};
    fs::make_folder(folder.path() / "in");
    fs::make_folder(folder.path() / "out");
    record::write(sample_record(), folder.path() / "in" / "a.json", {});
    auto const found = record::read(folder.path() / "in" / "a.json");
    auto const input = record::input_of(found, folder.path() / "out");
    BOOST_TEST(input.tool == "sample-tool");
    BOOST_TEST(input.path == "../in/a.json");
    BOOST_TEST(input.sha256 == found.sha256);
    BOOST_TEST(input.status == "passed");
}

BOOST_AUTO_TEST_SUITE_END()
