// SPDX-License-Identifier: Apache-2.0
#include "record/write.hpp"

#include "hash/digest.hpp"
#include "text/utf8.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::record {

namespace {

constexpr std::size_t most_points = 500;

using json::Value;

void put_if(Value& object, std::string_view key, std::string const& text) {
    if (!text.empty()) {
        object[std::string{key}] = text;
    }
}

Value where_json(Where const& where) {
    Value out{{"file", where.file}};
    if (where.line > 0) {
        out["line"] = where.line;
    }
    if (where.column > 0) {
        out["column"] = where.column;
    }
    return out;
}

Value check_json(Check const& check) {
    Value out{
        {"id", check.id},
        {"title", check.title.empty() ? check.id : check.title},
        {"status", name(check.status)},
        {"severity", name(check.severity)},
        {"message", check.message},
    };
    out["expected"] = check.expected ? **check.expected : Value();
    out["actual"] = check.actual ? **check.actual : Value();
    out["hint"] = check.hint;
    if (check.duration) {
        out["duration_ms"] = check.duration->count();
    }
    if (check.where.known()) {
        out["where"] = where_json(check.where);
    }
    return out;
}

// More points than a reader can use are folded: each bucket gives its lowest and highest point,
// in their order, so that no peak is lost.
std::vector<std::pair<time::Instant, double>>
folded(std::vector<std::pair<time::Instant, double>> const& samples) {
    if (samples.size() <= most_points) {
        return samples;
    }
    std::vector<std::pair<time::Instant, double>> out;
    std::size_t const buckets = most_points / 2;
    for (std::size_t i = 0; i < buckets; ++i) {
        auto const first =
            samples.begin() + static_cast<std::ptrdiff_t>(i * samples.size() / buckets);
        auto const last =
            samples.begin() + static_cast<std::ptrdiff_t>((i + 1) * samples.size() / buckets);
        auto ends = std::minmax_element(
            first, last, [](auto const& a, auto const& b) { return a.second < b.second; });
        if (ends.second < ends.first) {
            std::swap(ends.first, ends.second);
        }
        out.push_back(*ends.first);
        if (ends.first != ends.second) {
            out.push_back(*ends.second);
        }
    }
    return out;
}

Value metric_json(Metric const& metric) {
    Value out{{"name", metric.name}, {"unit", metric.unit}};
    if (!metric.labels.empty()) {
        out["labels"] = metric.labels;
    }
    // JSON has neither NaN nor infinity, and a null in their place is no number.
    if (metric.value && std::isfinite(*metric.value)) {
        out["value"] = *metric.value;
    }
    auto samples = metric.samples;
    std::erase_if(samples, [](auto const& sample) { return !std::isfinite(sample.second); });
    if (!samples.empty()) {
        out["samples"] = Value::array();
        for (auto const& [at, value] : folded(samples)) {
            out["samples"].push_back(Value::array({time::to_rfc3339(at), value}));
        }
    }
    return out;
}

Value artifact_json(Artifact const& artifact) {
    Value out{{"kind", artifact.kind}};
    put_if(out, "path", artifact.path);
    put_if(out, "uri", artifact.uri);
    out["bytes"] = artifact.bytes;
    out["sha256"] = artifact.sha256;
    if (!artifact.portable) {
        out["portable"] = false;
    }
    return out;
}

Value run_json(Run const& run) {
    Value out{{"id", run.id}, {"attempt", run.attempt}};
    put_if(out, "job", run.job);
    put_if(out, "name", run.name);
    put_if(out, "environment", run.environment);
    put_if(out, "commit", run.commit);
    put_if(out, "ci", run.ci);
    put_if(out, "url", run.url);
    put_if(out, "actor", run.actor);
    return out;
}

Value error_json(std::optional<Error> const& error) {
    if (!error) {
        return nullptr;
    }
    Value out{
        {"kind", slipway::name(error->kind())},
        {"message", error->message()},
        {"hint", error->hint()}};
    put_if(out, "sqlstate", error->sqlstate());
    if (error->where().known()) {
        out["where"] = where_json(error->where());
    }
    return out;
}

// Words of the format itself, and names that evidence is compared by. They hold no secret, and
// where a password happens to be such a word (postgres, test) the record must stay readable.
constexpr std::array own_words{
    "schema",
    "tool",
    "version",
    "command",
    "status",
    "severity",
    "environment",
    "commit",
    "ci",
    "kind",
    "unit",
    "sha256",
    "started_at",
    "finished_at",
    "system_identifier",
    "database",
    "sqlstate"};

bool is_own_word(std::string_view key) {
    return std::find(own_words.begin(), own_words.end(), key) != own_words.end();
}

// What is foreign below these keys is cleaned whole, the names of its members too.
bool is_foreign(std::string_view key) {
    return key == "data" || key == "expected" || key == "actual" || key == "labels" ||
           key == "samples"; // times and numbers
}

std::string cleaned(std::string const& text, secret::Redactor const& redactor) {
    std::string redacted = redactor.redact(text);
    return text::valid_utf8(redacted) ? redacted : text::to_utf8(redacted);
}

void clean_names(Value& value, secret::Redactor const& redactor) {
    Value out = Value::object();
    for (auto& [key, child] : value.items()) {
        std::string name = cleaned(key, redactor);
        while (out.contains(name)) {
            name += "'"; // two names that differ by a secret only
        }
        out[name] = std::move(child);
    }
    value = std::move(out);
}

// NOLINTNEXTLINE(misc-no-recursion): JSON is a tree
void clean_foreign(Value& value, secret::Redactor const& redactor) {
    if (value.is_string()) {
        auto& text = value.get_ref<std::string&>();
        text = cleaned(text, redactor);
    } else if (value.is_array()) {
        for (auto& child : value) {
            clean_foreign(child, redactor);
        }
    } else if (value.is_object()) {
        bool names_are_clean = true;
        for (auto& [key, child] : value.items()) {
            clean_foreign(child, redactor);
            names_are_clean = names_are_clean && cleaned(key, redactor) == key;
        }
        if (!names_are_clean) {
            clean_names(value, redactor);
        }
    }
}

// NOLINTNEXTLINE(misc-no-recursion): a record is a tree
void clean(Value& value, secret::Redactor const& redactor) {
    if (value.is_array()) {
        for (auto& child : value) {
            clean(child, redactor);
        }
        return;
    }
    if (!value.is_object()) {
        clean_foreign(value, redactor);
        return;
    }
    for (auto& [key, child] : value.items()) {
        if (is_foreign(key)) {
            if (key != "samples") {
                clean_foreign(child, redactor);
            }
        } else if (child.is_string() && is_own_word(key)) {
            child = text::to_utf8(child.get_ref<std::string const&>());
        } else {
            clean(child, redactor);
        }
    }
}

} // namespace

namespace {

// All but `data`, which comes last.
Value json_without_data(Record const& record, secret::Redactor const& redactor) {
    Value out{
        {"schema", "slipway/record/1"},
        {"tool", record.tool},
        {"version", record.version},
        {"run", run_json(record.run)},
        {"command", record.command},
        {"status", name(record.status)},
    };
    // An object copies all that it holds each time that it grows, the checks as well.
    constexpr std::size_t members = 24;
    out.get_ref<Value::object_t&>().reserve(members);
    out["exit_code"] = record.exit_code ? Value(*record.exit_code) : Value();
    out["dry_run"] = record.dry_run;
    if (record.target) {
        out["target"] = {
            {"system_identifier", record.target->system_identifier},
            {"database", record.target->database},
            {"oid", record.target->oid}};
    }
    out["summary"] = record.summary;
    out["started_at"] = time::to_rfc3339(record.started_at);
    out["finished_at"] =
        record.finished_at ? Value(time::to_rfc3339(*record.finished_at)) : Value();
    out["duration_ms"] = record.duration.count();
    auto const list = [&](char const* key, auto const& items, auto const& make) {
        out[key] = Value::array();
        for (auto const& item : items) {
            out[key].push_back(make(item));
        }
    };
    list("checks", record.checks, check_json);
    list("metrics", record.metrics, metric_json);
    list("artifacts", record.artifacts, artifact_json);
    list("inputs", record.inputs, [](Input const& input) {
        return Value{
            {"tool", input.tool},
            {"path", input.path},
            {"sha256", input.sha256},
            {"status", input.status}};
    });
    out["error"] = error_json(record.error);
    clean(out, redactor);
    out["run"]["id"] = text::to_utf8(record.run.id); // evidence is compared by it
    return out;
}

} // namespace

Value to_json(Record const& record, secret::Redactor const& redactor) {
    Value out = json_without_data(record, redactor);
    out["data"] = *record.data;
    clean_foreign(out["data"], redactor);
    return out;
}

void write(Record const& record, fs::Path const& path, secret::Redactor const& redactor) {
    fs::write_atomic(path, json::write(to_json(record, redactor), true));
}

void write_and_redact(Record& record, fs::Path const& path, secret::Redactor const& redactor) {
    Value out = json_without_data(record, redactor);
    out["data"] = std::move(*record.data);
    clean_foreign(out["data"], redactor);
    std::string const text = json::write(out, true);
    *record.data = std::move(out["data"]);
    fs::write_atomic(path, text);
}

void write_opening(Record const& record, fs::Path const& path, secret::Redactor const& redactor) {
    fs::write_replacing(path, json::write(to_json(record, redactor), true));
}

std::string sha256_of_file(fs::Path const& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in) {
        throw Error{
            ErrorKind::usage, fmt::format("cannot read {}: {}", file.string(), fs::last_error())};
    }
    hash::Digest digest{hash::Algorithm::sha256};
    std::vector<char> buffer(std::size_t{1} << 20U);
    while (in) {
        in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        digest.update({buffer.data(), static_cast<std::size_t>(in.gcount())});
    }
    if (in.bad()) {
        throw Error{
            ErrorKind::unavailable, fmt::format("cannot read {} to its end", file.string())};
    }
    return digest.hex();
}

Artifact artifact_of(
    std::string kind,
    fs::Path const& file,
    fs::Path const& record_folder,
    std::uint64_t bytes,
    std::string sha256) {
    Artifact artifact;
    artifact.kind = std::move(kind);
    artifact.bytes = bytes;
    artifact.sha256 = std::move(sha256);
    fs::Path const whole = std::filesystem::weakly_canonical(file);
    fs::Path const relative =
        whole.lexically_relative(std::filesystem::weakly_canonical(record_folder));
    artifact.portable = !relative.empty() && *relative.begin() != "..";
    artifact.path = artifact.portable ? relative.string() : whole.string();
    return artifact;
}

Artifact artifact_of(std::string kind, fs::Path const& file, fs::Path const& record_folder) {
    return artifact_of(
        std::move(kind),
        file,
        record_folder,
        std::filesystem::file_size(file),
        sha256_of_file(file));
}

} // namespace slipway::record
