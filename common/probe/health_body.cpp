// SPDX-License-Identifier: Apache-2.0
#include "probe/health_body.hpp"

#include "error/error.hpp"
#include "json/value.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace slipway::probe {

namespace {

using json::Value;

constexpr int deepest = 5;

template <std::size_t N>
bool is_one_of(std::string_view word, std::array<std::string_view, N> const& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Where the formats keep their components; Terminus repeats `info` and `error` in `details`.
constexpr std::array<std::string_view, 7>
    containers{"components", "services", "checks", "entries", "dependencies", "details", "results"};

std::string first_text(Value const& object, std::array<std::string_view, 5> const& keys) {
    for (auto const key : keys) {
        auto text = json::text_at(object, key);
        if (!text.empty()) {
            return text;
        }
    }
    return {};
}

// The word for a state: a text, a boolean, or what an object says under `status`.
std::optional<std::string> word_of(Value const& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_boolean()) {
        return value.get<bool>() ? "up" : "down";
    }
    if (!value.is_object()) {
        return std::nullopt;
    }
    for (auto const* key : {"status", "state", "health", "healthy", "ok"}) {
        auto const& member = json::at(value, key);
        auto word = member.is_structured() ? std::nullopt : word_of(member);
        // Other members than `status` may hold anything: `health: /api/health` is an address.
        if (word && (std::string_view{key} == "status" || health_from(*word) != Health::unknown)) {
            return word;
        }
    }
    return std::nullopt;
}

std::string detail_of(Value const& value) {
    if (!value.is_object()) {
        return {};
    }
    auto text = first_text(value, {"output", "error", "message", "description", "reason"});
    auto const& details = json::at(value, "details"); // Spring's
    if (text.empty() && details.is_object()) {
        text = json::text_at(details, "error");
    }
    auto const& missing = json::at(value, "missing");
    if (text.empty() && missing.is_array() && !missing.empty()) {
        text = "missing: " + json::write(missing);
    }
    return text;
}

class Collector {
public:
    void collect(Value const& object, std::string const& prefix, int depth) {
        for (auto const key : containers) {
            if (key == "details" && depth > 0) {
                continue; // of one component: what it measured
            }
            auto const& container = json::at(object, key);
            if (container.is_object()) {
                for (auto const& member : container.items()) {
                    take(member.value(), prefix + member.key(), depth);
                }
            } else if (container.is_array()) {
                take_list(container, prefix, depth);
            }
            if (!components.empty() && prefix.empty()) {
                return; // what follows repeats these
            }
        }
    }

    std::vector<Component> components;

private:
    void take(Value const& value, std::string const& name, int depth) {
        if (value.is_array()) { // health+json: several observations of one thing
            take_list(value, name + ".", depth);
            return;
        }
        auto const word = word_of(value);
        if (!word) {
            return;
        }
        components.push_back({name, health_from(*word), *word, detail_of(value)});
        if (value.is_object() && depth < deepest) {
            collect(value, name + ".", depth + 1);
        }
    }

    void take_list(Value const& list, std::string const& prefix, int depth) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            auto name = first_text(list[i], {"name", "componentId", "component", "id", "key"});
            if (name.empty() && list.size() == 1 && prefix.ends_with('.')) {
                take(list[i], prefix.substr(0, prefix.size() - 1), depth);
            } else if (!list[i].is_array()) {
                take(list[i], prefix + (name.empty() ? std::to_string(i) : name), depth);
            }
        }
    }
};

} // namespace

Health health_from(std::string_view word) {
    constexpr std::array<std::string_view, 11> good{
        "pass",
        "passed",
        "passing",
        "ok",
        "up",
        "healthy",
        "available",
        "running",
        "true",
        "ready",
        "alive"};
    constexpr std::array<std::string_view, 6> middling{
        "warn", "warning", "degraded", "pending", "partial", "starting"};
    constexpr std::array<std::string_view, 14> bad{
        "fail",
        "failed",
        "failing",
        "error",
        "down",
        "unhealthy",
        "unavailable",
        "out_of_service",
        "out of service",
        "critical",
        "false",
        "dead",
        "stopped",
        "offline"};
    auto const lower = text::lower(text::trim(word));
    if (is_one_of(lower, good)) {
        return Health::pass;
    }
    if (is_one_of(lower, middling)) {
        return Health::warn;
    }
    return is_one_of(lower, bad) ? Health::fail : Health::unknown;
}

std::optional<HealthReport> read_health(std::string_view body) {
    HealthReport report;
    auto const plain = text::trim(body);
    constexpr std::size_t longest_word = 20;
    if (plain.size() <= longest_word && health_from(plain) != Health::unknown) {
        return HealthReport{health_from(plain), std::string{plain}, {}};
    }
    Value document;
    try {
        document = json::parse(plain, "the body");
    } catch (Error const&) {
        return std::nullopt; // no JSON: says nothing of health
    }
    if (!document.is_object()) {
        return std::nullopt;
    }
    Collector collector;
    collector.collect(document, "", 0);
    report.components = std::move(collector.components);
    auto const word = word_of(document);
    if (!word && report.components.empty()) {
        return std::nullopt;
    }
    report.word = word.value_or("");
    report.health = word ? health_from(*word) : Health::pass;
    return report;
}

} // namespace slipway::probe
