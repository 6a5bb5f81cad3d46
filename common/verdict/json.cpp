// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "verdict/matrix.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::verdict {

namespace {

json::Value list_of(Evidence const& evidence) {
    auto out = json::Value::array();
    for (auto const& fact : evidence) {
        out.push_back(
            {{"signal", name(fact.signal)},
             {"value", fact.value},
             {"unit", unit(fact.signal)},
             {"samples", fact.samples ? json::Value(*fact.samples) : json::Value{}},
             {"source", fact.source},
             {"words", fact.words()}});
    }
    return out;
}

Error malformed(std::string_view what) {
    return {
        ErrorKind::usage,
        fmt::format("the recommendation is malformed: {}", what),
        "Give a record as a tool of this toolkit wrote it."};
}

} // namespace

json::Value to_json(Recommendation const& recommendation) {
    json::Value out{
        {"action", name(recommendation.action)},
        {"decided", recommendation.decided},
        {"reason", recommendation.reason},
        {"rows", json::Value::array()},
        {"evidence", list_of(recommendation.evidence)}};
    for (auto const& fired : recommendation.rows) {
        out["rows"].push_back(
            {{"id", fired.row},
             {"action", name(fired.action)},
             {"reason", fired.reason},
             {"enough", fired.enough},
             {"evidence", list_of(fired.evidence)}});
    }
    return out;
}

Evidence evidence_from(json::Value const& recommendation) {
    Evidence out;
    auto const& facts = json::at(recommendation, "evidence");
    if (!facts.is_array()) {
        throw malformed("it has no list of evidence");
    }
    for (auto const& each : facts) {
        auto const& value = json::at(each, "value");
        auto const& samples = json::at(each, "samples");
        if (!value.is_number() || !json::at(each, "signal").is_string() ||
            (!samples.is_null() && !samples.is_number_integer())) {
            throw malformed("a piece of evidence has no signal or no number");
        }
        auto const signal = signal_from(json::text_at(each, "signal"));
        if (!signal) {
            continue;
        }
        Fact fact{*signal, value.get<double>(), {}, json::text_at(each, "source")};
        if (!samples.is_null()) {
            fact.samples = samples.get<std::int64_t>();
        }
        out.push_back(std::move(fact));
    }
    return out;
}

} // namespace slipway::verdict
