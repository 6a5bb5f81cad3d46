// SPDX-License-Identifier: Apache-2.0
#include "baseline.hpp"

#include "error/error.hpp"
#include "json/value.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

Baseline Baseline::of(record::Found const& found) {
    Baseline out;
    auto const& metrics = json::at(*found.record.data, "metrics");
    if (found.record.tool != "monitor" || !metrics.is_array()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is no record of monitor with metrics", found.path.string()),
            "Make one by monitor baseline before the deployment."};
    }
    for (auto const& each : metrics) {
        auto const& count = json::at(each, "count");
        auto const& p50 = json::at(each, "p50");
        auto const& p95 = json::at(each, "p95");
        if (count.is_number_integer() && p50.is_number() && p95.is_number()) {
            out.set(
                {json::text_at(each, "name"), json::text_at(each, "endpoint")},
                {count.get<std::int64_t>(), p50.get<double>(), p95.get<double>()});
        }
    }
    auto const& readings = json::at(*found.record.data, "readings");
    for (auto const& each : readings.is_array() ? readings : json::Value::array()) {
        std::vector<double> values;
        for (auto const& value : json::at(each, "values")) {
            if (value.is_number()) {
                values.push_back(value.get<double>());
            }
        }
        out.set_readings(
            {json::text_at(each, "name"), json::text_at(each, "endpoint")}, std::move(values));
    }
    auto const& indexes = json::at(*found.record.data, "indexes");
    for (auto const& each : indexes.is_array() ? indexes : json::Value::array()) {
        out.set_index(json::text_at(each, "index"), json::text_at(each, "table"));
    }
    if (found.record.finished_at) {
        out.until_ = *found.record.finished_at;
    }
    for (auto const& log : json::at(*found.record.data, "logs")) {
        auto const name = json::text_at(log, "name");
        // Of a log without a line it is not known what is usual there.
        if (json::at(log, "lines") == 0) {
            continue;
        }
        out.add_log(name);
        for (auto const& group : json::at(log, "groups")) {
            out.add_event(name, json::text_at(group, "fingerprint"));
        }
    }
    return out;
}

std::set<std::string> const* Baseline::events(std::string const& log) const {
    auto const found = events_.find(log);
    return found == events_.end() ? nullptr : &found->second;
}

void Baseline::add_event(std::string const& log, std::string fingerprint) {
    events_[log].insert(std::move(fingerprint));
}

Baseline::Usual const* Baseline::find(Key const& key) const {
    auto const found = usual_.find(key);
    return found == usual_.end() ? nullptr : &found->second;
}

} // namespace slipway::monitor
