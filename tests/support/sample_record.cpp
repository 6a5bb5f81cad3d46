// SPDX-License-Identifier: Apache-2.0
#include "support/sample_record.hpp"

#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {
constexpr time::Instant ten_o_clock{time::Milliseconds{1'769'853'600'000}};
}

record::Record sample_record() {
    record::Record record;
    record.tool = "sample-tool";
    record.version = "0.1.0";
    record.run = {"r1", 1, "", "", "staging", "c0ffee", "", "", ""};
    record.command = "create";
    record.status = record::Status::passed;
    record.exit_code = 0;
    record.target = record::Target{"7123456789012345678", "shop", 16384};
    record.summary = "Backed up shop (412 MB) in 3.1 s";
    record.started_at = ten_o_clock;
    record.duration = time::Milliseconds{3102};
    record.finished_at = record.started_at + record.duration;
    return record;
}

record::Record full_record() {
    record::Record record = sample_record();
    record.run = {"r1", 2, "deploy", "shop", "staging", "c0ffee", "github", "https://x/1", "alice"};
    record.status = record::Status::error;
    record.exit_code = 3;
    record.dry_run = true;
    record::Check check{
        "archive.readable",
        "the archive can be read",
        record::CheckStatus::failed,
        record::Severity::critical,
        "it ends too early",
        json::Box{json::Value{{"rows", 12}}},
        json::Box{json::Value(11.5)},
        "Make it again.",
        time::Milliseconds{40},
        {"db/a.sql", 3, 7}};
    record.add(check);
    record::Check plain;
    plain.id = "plain";
    record.add(plain);
    record.add_metric("dump.bytes", "bytes", 432013312.0);
    record.metrics.push_back(
        {"http.latency",
         "ms",
         {{"endpoint", "/health"}},
         std::nullopt,
         {{ten_o_clock, 12.1}, {ten_o_clock + time::Milliseconds{1}, -3.0}}});
    record.artifacts.push_back(
        {"backup", "shop.tar", "s3://bucket/shop.tar", 1, std::string(64, 'a'), true});
    record.artifacts.push_back({"log", "/var/log/x", "", 0, std::string(64, 'b'), false});
    record.inputs.push_back({"preflight", "preflight.json", std::string(64, 'c'), "passed"});
    record.error = Error{ErrorKind::unavailable, "connection lost", "Look at the server."}
                       .with_sqlstate("08006")
                       .with_where({"a.sql", 12, 0});
    record.data = json::Box{json::Value{{"kept", {1, 2, 3}}, {"nested", {{"x", nullptr}}}}};
    return record;
}

record::Found found_at(record::Record record, fs::Path path, std::string sha256) {
    return {std::move(record), std::move(path), std::move(sha256)};
}

} // namespace slipway::support
