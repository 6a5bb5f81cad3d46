// SPDX-License-Identifier: Apache-2.0
// The lines of a series: what docs/tools/monitor.md, "The series", describes.
#include "error/error.hpp"
#include "json/value.hpp"
#include "series.hpp"
#include "time/rfc3339.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

using json::Value;

Error malformed(std::string_view what) {
    return {ErrorKind::usage, fmt::format("{} is missing or malformed", what)};
}

time::Instant instant_of(Value const& line) {
    auto const at = time::from_rfc3339(json::text_at(line, "at"));
    if (!at) {
        throw malformed("at");
    }
    return *at;
}

double number_of(Value const& value, std::string_view what) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
        throw malformed(what);
    }
    return value.get<double>();
}

std::int64_t integer_of(Value const& value, std::string_view what) {
    if (!value.is_number_integer()) {
        throw malformed(what);
    }
    return value.get<std::int64_t>();
}

std::int32_t pid_of(Value const& object) {
    return static_cast<std::int32_t>(integer_of(json::at(object, "pid"), "pid"));
}

// An absent list is an empty one.
Value const& list_at(Value const& object, std::string_view key) {
    static Value const none = Value::array();
    auto const& found = json::at(object, key);
    if (found.is_null()) {
        return none;
    }
    if (!found.is_array()) {
        throw malformed(key);
    }
    return found;
}

Value to_json(Answer const& answer) {
    Value out{
        {"endpoint", answer.endpoint},
        {"status", answer.status},
        {"ms", std::round(answer.ms * 1000) / 1000},
        {"expected", answer.expected}};
    if (answer.remaining) {
        out["remaining"] = *answer.remaining;
    }
    if (!answer.fault.empty()) {
        out["fault"] = answer.fault;
    }
    return out;
}

Answer answer_from(Value const& value) {
    Answer out;
    out.endpoint = json::text_at(value, "endpoint");
    out.status = static_cast<int>(integer_of(json::at(value, "status"), "status"));
    out.ms = number_of(json::at(value, "ms"), "ms");
    auto const& expected = json::at(value, "expected");
    if (out.endpoint.empty() || !expected.is_boolean()) {
        throw malformed("an answer");
    }
    out.expected = expected.get<bool>();
    if (auto const& remaining = json::at(value, "remaining"); !remaining.is_null()) {
        out.remaining = integer_of(remaining, "remaining");
    }
    out.fault = json::text_at(value, "fault");
    return out;
}

Value to_json(Wait const& wait) {
    Value out{
        {"pid", wait.pid},
        {"application", wait.application},
        {"waited_ms", wait.waited_ms},
        {"lock_mode", wait.lock_mode},
        {"relation", wait.relation},
        {"by", Value::array()}};
    for (auto const& holder : wait.by) {
        out["by"].push_back(
            {{"pid", holder.pid}, {"application", holder.application}, {"state", holder.state}});
    }
    return out;
}

Wait wait_from(Value const& value) {
    Wait out;
    out.pid = pid_of(value);
    out.application = json::text_at(value, "application");
    out.waited_ms = integer_of(json::at(value, "waited_ms"), "waited_ms");
    out.lock_mode = json::text_at(value, "lock_mode");
    out.relation = json::text_at(value, "relation");
    for (auto const& holder : list_at(value, "by")) {
        out.by.push_back(
            {pid_of(holder), json::text_at(holder, "application"), json::text_at(holder, "state")});
    }
    return out;
}

Value to_json(LogRead const& read) {
    Value out{
        {"source", read.source},
        {"lines", read.lines},
        {"bytes", read.bytes},
        {"classes", Value(read.classes)},
        {"groups", Value::array()}};
    for (auto const& group : read.groups) {
        out["groups"].push_back(
            {{"fingerprint", group.fingerprint},
             {"class", group.class_name},
             {"count", group.count},
             {"text", group.text}});
    }
    for (auto const& [key, value] :
         {std::pair{"lost_bytes", read.lost_bytes},
          {"behind_bytes", read.behind_bytes},
          {"ungrouped", static_cast<std::uint64_t>(read.ungrouped)}}) {
        if (value > 0) {
            out[key] = value;
        }
    }
    for (auto const& [key, value] : {std::pair{"note", read.note}, {"position", read.position}}) {
        if (!value.empty()) {
            out[key] = value;
        }
    }
    if (read.may_be_silent) {
        out["may_be_silent"] = true;
    }
    return out;
}

std::uint64_t count_at(Value const& object, std::string_view key) {
    auto const& value = json::at(object, key);
    if (value.is_null()) {
        return 0;
    }
    if (!value.is_number_unsigned()) {
        throw malformed(key);
    }
    return value.get<std::uint64_t>();
}

LogRead log_from(Value const& value) {
    LogRead out;
    out.source = json::text_at(value, "source");
    out.lines = static_cast<std::int64_t>(count_at(value, "lines"));
    out.bytes = count_at(value, "bytes");
    out.lost_bytes = count_at(value, "lost_bytes");
    out.behind_bytes = count_at(value, "behind_bytes");
    out.ungrouped = static_cast<std::int64_t>(count_at(value, "ungrouped"));
    out.note = json::text_at(value, "note");
    out.position = json::text_at(value, "position");
    out.may_be_silent = json::at(value, "may_be_silent") == true;
    auto const& classes = json::at(value, "classes");
    if (out.source.empty() || !classes.is_object()) {
        throw malformed("a log");
    }
    for (auto const& each : classes.items()) {
        out.classes[each.key()] = static_cast<std::int64_t>(count_at(classes, each.key()));
    }
    for (auto const& group : list_at(value, "groups")) {
        out.groups.push_back(
            {json::text_at(group, "fingerprint"),
             json::text_at(group, "class"),
             json::text_at(group, "text"),
             static_cast<std::int64_t>(count_at(group, "count"))});
    }
    return out;
}

Sample sample_from(Value const& line) {
    Sample out;
    out.at = instant_of(line);
    auto const& values = json::at(line, "values");
    if (!values.is_object()) {
        throw malformed("values");
    }
    for (auto const& each : values.items()) {
        out.values[each.key()] = number_of(each.value(), each.key());
    }
    for (auto const& each : list_at(line, "answers")) {
        out.answers.push_back(answer_from(each));
    }
    for (auto const& each : list_at(line, "waits")) {
        out.waits.push_back(wait_from(each));
    }
    for (auto const& each : list_at(line, "logs")) {
        out.logs.push_back(log_from(each));
    }
    out.largest_table = json::text_at(line, "largest_table");
    if (json::at(line, "indexes").is_array()) {
        out.indexes.emplace();
        for (auto const& each : list_at(line, "indexes")) {
            out.indexes->push_back({json::text_at(each, "index"), json::text_at(each, "table")});
        }
    }
    if (auto const& names = json::at(line, "names"); names.is_object()) {
        for (auto const& each : names.items()) {
            out.names[each.key()] = json::text_at(names, each.key());
        }
    }
    if (auto const& gaps = json::at(line, "gaps"); gaps.is_object()) {
        for (auto const& each : gaps.items()) {
            out.gaps[each.key()] = json::text_at(gaps, each.key());
        }
    }
    return out;
}

Start start_from(Value const& line) {
    Start out;
    out.at = instant_of(line);
    out.run = json::text_at(line, "run");
    out.name = json::text_at(line, "name");
    out.environment = json::text_at(line, "environment");
    out.database = json::text_at(line, "database");
    out.every = time::Milliseconds{integer_of(json::at(line, "every_ms"), "every_ms")};
    for (auto const& each : list_at(line, "endpoints")) {
        auto const url = json::text_at(each, "url");
        out.endpoints.push_back({json::text_at(each, "name"), "", url});
    }
    for (auto const& each : list_at(line, "sources")) {
        if (!each.is_string()) {
            throw malformed("sources");
        }
        out.sources.push_back(each.get<std::string>());
    }
    return out;
}

} // namespace

std::string to_line(Start const& start) {
    Value out{
        {"kind", "start"},
        {"version", 1},
        {"at", time::to_rfc3339(start.at)},
        {"run", start.run},
        {"name", start.name},
        {"environment", start.environment},
        {"database", start.database},
        {"every_ms", start.every.count()},
        {"endpoints", Value::array()}};
    for (auto const& endpoint : start.endpoints) {
        out["endpoints"].push_back({{"name", endpoint.name}, {"url", endpoint.shown}});
    }
    if (!start.sources.empty()) {
        out["sources"] = Value(start.sources);
    }
    return json::write(out);
}

std::string to_line(Sample const& sample) {
    Value out{
        {"kind", "sample"},
        {"at", time::to_rfc3339(sample.at)},
        {"values", Value(sample.values)},
        {"answers", Value::array()}};
    for (auto const& answer : sample.answers) {
        out["answers"].push_back(to_json(answer));
    }
    if (!sample.waits.empty()) {
        out["waits"] = Value::array();
        for (auto const& wait : sample.waits) {
            out["waits"].push_back(to_json(wait));
        }
    }
    if (!sample.logs.empty()) {
        out["logs"] = Value::array();
        for (auto const& read : sample.logs) {
            out["logs"].push_back(to_json(read));
        }
    }
    if (!sample.largest_table.empty()) {
        out["largest_table"] = sample.largest_table;
    }
    if (sample.indexes) {
        out["indexes"] = Value::array();
        for (auto const& each : *sample.indexes) {
            out["indexes"].push_back({{"index", each.index}, {"table", each.table}});
        }
    }
    if (!sample.names.empty()) {
        out["names"] = Value(sample.names);
    }
    if (!sample.gaps.empty()) {
        out["gaps"] = Value(sample.gaps);
    }
    return json::write(out);
}

void read_line(std::string_view line, std::string_view name, Listener const& listener) {
    auto const value = json::parse(line, name);
    auto const kind = json::text_at(value, "kind");
    if (kind == "sample") {
        listener.on_sample(sample_from(value));
    } else if (kind == "start") {
        auto const& version = json::at(value, "version");
        if (version != 1) {
            throw Error{
                ErrorKind::usage,
                fmt::format(
                    "its version {} is not the 1 that is known here", json::write(version))};
        }
        listener.on_start(start_from(value));
    } else if (kind.empty()) {
        throw malformed("kind");
    }
}

} // namespace slipway::monitor
