// SPDX-License-Identifier: Apache-2.0
#include "record/read.hpp"

#include "hash/digest.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <system_error>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::record {

namespace {

using json::Value;

[[noreturn]] void bad(fs::Path const& path, std::string_view field, std::string_view what) {
    throw Error{
        ErrorKind::usage,
        fmt::format("{}: {}: {}", path.string(), field, what),
        "Records are written by Slipway's tools; docs/schema/record-1.json describes them."};
}

// Typed access to one object of a record; a wrong type is named with the field.
class Fields {
public:
    Fields(Value const& object, fs::Path const& path, std::string_view name = "record")
        : object_(object), path_(path) {
        if (!object.is_object()) {
            bad(path, name, "is no object");
        }
    }

    [[nodiscard]] std::string text(std::string_view key) const {
        Value const& value = json::at(object_, key);
        if (!value.is_null() && !value.is_string()) {
            bad(path_, key, "is no string");
        }
        return value.is_null() ? "" : value.get<std::string>();
    }

    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t otherwise) const {
        Value const& value = json::at(object_, key);
        if (!value.is_null() && !value.is_number_integer()) {
            bad(path_, key, "is no whole number");
        }
        return value.is_null() ? otherwise : value.get<std::int64_t>();
    }

    [[nodiscard]] bool boolean(std::string_view key, bool otherwise) const {
        Value const& value = json::at(object_, key);
        if (!value.is_null() && !value.is_boolean()) {
            bad(path_, key, "is neither true nor false");
        }
        return value.is_null() ? otherwise : value.get<bool>();
    }

    [[nodiscard]] std::optional<time::Instant> instant(std::string_view key) const {
        std::string const value = text(key);
        if (value.empty()) {
            return std::nullopt;
        }
        auto const read = time::from_rfc3339(value);
        if (!read) {
            bad(path_, key, "is no RFC 3339 time");
        }
        return read;
    }

    template <class Make>
    void each(std::string_view key, Make const& make) const {
        Value const& list = json::at(object_, key);
        if (!list.is_null() && !list.is_array()) {
            bad(path_, key, "is no list");
        }
        for (auto const& item : list) {
            make(Fields{item, path_, key}, item);
        }
    }

    [[nodiscard]] Value const& raw(std::string_view key) const { return json::at(object_, key); }

private:
    Value const& object_;
    fs::Path const& path_;
};

Where read_where(Value const& value) {
    Where where;
    where.file = json::text_at(value, "file");
    where.line = json::at(value, "line").is_number_integer()
                     ? json::at(value, "line").get<std::int64_t>()
                     : 0;
    where.column = json::at(value, "column").is_number_integer()
                       ? json::at(value, "column").get<std::int64_t>()
                       : 0;
    return where;
}

Check read_check(Fields const& fields, fs::Path const& path) {
    Check check;
    check.id = fields.text("id");
    check.title = fields.text("title");
    auto const status = check_status_from(fields.text("status"));
    auto const severity = severity_from(fields.text("severity"));
    if (!status || !severity) {
        bad(path, "checks/" + check.id, "has an unknown status or severity");
    }
    check.status = *status;
    check.severity = *severity;
    check.message = fields.text("message");
    check.hint = fields.text("hint");
    if (!fields.raw("expected").is_null()) {
        check.expected = json::Box{fields.raw("expected")};
    }
    if (!fields.raw("actual").is_null()) {
        check.actual = json::Box{fields.raw("actual")};
    }
    if (!fields.raw("duration_ms").is_null()) {
        check.duration = time::Milliseconds{fields.integer("duration_ms", 0)};
    }
    check.where = read_where(fields.raw("where"));
    return check;
}

Metric read_metric(Fields const& fields, fs::Path const& path) {
    Metric metric;
    metric.name = fields.text("name");
    metric.unit = fields.text("unit");
    for (auto const& [key, value] : fields.raw("labels").items()) {
        if (value.is_string()) {
            metric.labels[key] = value.get<std::string>();
        }
    }
    if (fields.raw("value").is_number()) {
        metric.value = fields.raw("value").get<double>();
    }
    for (auto const& sample : fields.raw("samples")) {
        bool const shape = sample.is_array() && sample.size() == 2 && sample[0].is_string() &&
                           sample[1].is_number();
        auto const at = shape ? time::from_rfc3339(sample[0].get<std::string>()) : std::nullopt;
        if (!at) {
            bad(path, "metrics/" + metric.name, "has a sample that is no [time, number]");
        }
        metric.samples.emplace_back(*at, sample[1].get<double>());
    }
    return metric;
}

std::optional<Error> read_error(Value const& value) {
    if (!value.is_object()) {
        return std::nullopt;
    }
    std::string const word = json::text_at(value, "kind");
    ErrorKind kind = ErrorKind::internal;
    for (auto const candidate :
         {ErrorKind::failed,
          ErrorKind::usage,
          ErrorKind::unavailable,
          ErrorKind::refused,
          ErrorKind::timeout,
          ErrorKind::in_doubt,
          ErrorKind::undecided,
          ErrorKind::internal,
          ErrorKind::interrupted,
          ErrorKind::terminated}) {
        kind = slipway::name(candidate) == word ? candidate : kind;
    }
    return Error{kind, json::text_at(value, "message"), json::text_at(value, "hint")}
        .with_sqlstate(json::text_at(value, "sqlstate"))
        .with_where(read_where(json::at(value, "where")));
}

void read_lists(Fields const& fields, fs::Path const& path, Record& record) {
    fields.each("checks", [&](Fields const& check, Value const&) {
        record.checks.push_back(read_check(check, path));
    });
    fields.each("metrics", [&](Fields const& metric, Value const&) {
        record.metrics.push_back(read_metric(metric, path));
    });
    fields.each("artifacts", [&](Fields const& item, Value const&) {
        record.artifacts.push_back(
            {item.text("kind"),
             item.text("path"),
             item.text("uri"),
             static_cast<std::uint64_t>(std::max<std::int64_t>(0, item.integer("bytes", 0))),
             item.text("sha256"),
             item.boolean("portable", true)});
    });
    fields.each("inputs", [&](Fields const& item, Value const&) {
        record.inputs.push_back(
            {item.text("tool"), item.text("path"), item.text("sha256"), item.text("status")});
    });
}

Run read_run(Fields const& fields) {
    Run run;
    run.id = fields.text("id");
    run.attempt = fields.integer("attempt", 1);
    run.job = fields.text("job");
    run.name = fields.text("name");
    run.environment = fields.text("environment");
    run.commit = fields.text("commit");
    run.ci = fields.text("ci");
    run.url = fields.text("url");
    run.actor = fields.text("actor");
    return run;
}

Record read_record(Value const& document, fs::Path const& path) {
    Fields const fields{document, path};
    std::string const schema = fields.text("schema");
    if (schema != "slipway/record/1") {
        bad(path,
            "schema",
            schema.empty() ? "is missing: this is no record"
                           : fmt::format("{} is not known to this version", schema));
    }
    Record record;
    record.tool = fields.text("tool");
    record.version = fields.text("version");
    record.run = read_run(Fields{fields.raw("run"), path, "run"});
    record.command = fields.text("command");
    auto const status = status_from(fields.text("status"));
    if (!status || record.tool.empty()) {
        bad(path, status ? "tool" : "status", "is missing or unknown");
    }
    record.status = *status;
    if (!fields.raw("exit_code").is_null()) {
        record.exit_code = static_cast<int>(fields.integer("exit_code", 0));
    }
    record.dry_run = fields.boolean("dry_run", false);
    if (fields.raw("target").is_object()) {
        Fields const target{fields.raw("target"), path};
        record.target = Target{
            target.text("system_identifier"), target.text("database"), target.integer("oid", 0)};
    }
    record.summary = fields.text("summary");
    record.started_at = fields.instant("started_at").value_or(time::Instant{});
    record.finished_at = fields.instant("finished_at");
    record.duration = time::Milliseconds{fields.integer("duration_ms", 0)};
    read_lists(fields, path, record);
    record.error = read_error(fields.raw("error"));
    record.data = json::Box{fields.raw("data")};
    return record;
}

// Enough to recognise a record: other JSON files of any size may lie beside them.
std::string beginning_of(fs::Path const& path) {
    std::string text(200, '\0');
    std::ifstream in{path, std::ios::binary};
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

} // namespace

bool is_record(std::string_view text) {
    return text.substr(0, 200).find("\"slipway/record/") != std::string_view::npos;
}

Found read(fs::Path const& path) {
    std::string const text = fs::read_file(path);
    Found found;
    found.path = path;
    found.sha256 = hash::sha256_hex(text);
    found.record = read_record(json::parse(text, path.string()), path);
    return found;
}

std::vector<Found> collect(std::vector<fs::Path> const& paths) {
    std::vector<Found> out;
    std::error_code ignored;
    for (auto const& path : paths) {
        if (!std::filesystem::is_directory(path, ignored)) {
            out.push_back(read(path));
            continue;
        }
        for (auto const& entry : std::filesystem::recursive_directory_iterator(
                 path, std::filesystem::directory_options::skip_permission_denied)) {
            if (entry.is_regular_file(ignored) && entry.path().extension() == ".json" &&
                is_record(beginning_of(entry.path()))) {
                out.push_back(read(entry.path()));
            }
        }
    }
    std::stable_sort(out.begin(), out.end(), [](Found const& a, Found const& b) {
        return std::tie(a.record.started_at, a.path) < std::tie(b.record.started_at, b.path);
    });
    // A file may be named and lie in a folder that is named as well.
    std::set<std::string> seen;
    std::erase_if(out, [&](Found const& found) { return !seen.insert(found.sha256).second; });
    return out;
}

std::vector<Found const*> newest(std::vector<Found> const& all) {
    std::map<std::tuple<std::string, std::string, std::string, bool, std::string>, Found const*>
        latest;
    for (auto const& found : all) {
        auto const& record = found.record;
        // Two steps may run one tool twice; each has an output file of its own, and an archived
        // record keeps that file's name up to its first dot.
        std::string const file = found.path.filename().string();
        latest[{
            record.run.id,
            record.tool,
            record.command,
            record.dry_run,
            (found.path.parent_path() / file.substr(0, file.find('.'))).string()}] = &found;
    }
    std::vector<Found const*> out;
    for (auto const& found : all) {
        if (std::any_of(latest.begin(), latest.end(), [&](auto const& entry) {
                return entry.second == &found;
            })) {
            out.push_back(&found);
        }
    }
    return out;
}

Input input_of(Found const& found, fs::Path const& record_folder) {
    fs::Path const whole = std::filesystem::weakly_canonical(found.path);
    fs::Path const relative =
        whole.lexically_relative(std::filesystem::weakly_canonical(record_folder));
    return {
        found.record.tool,
        relative.empty() ? whole.string() : relative.string(),
        found.sha256,
        std::string{name(found.record.status)}};
}

} // namespace slipway::record
