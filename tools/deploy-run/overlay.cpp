// SPDX-License-Identifier: Apache-2.0
#include "overlay.hpp"

#include "config/node.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

using config::below;
using config::Node;
using json::Value;

// Builds the merged document, noting where each part of it comes from.
class Overlay {
public:
    explicit Overlay(config::Document const& document) : document_(document) {}

    // What stands at `from` in the document, taken over to `to` in the result.
    Value take(Value const& value, std::string const& from, std::string const& to) {
        auto const where = document_.where(from);
        places_[to] = {where.line, where.column};
        Value out = value;
        if (value.is_object()) {
            for (auto const& [key, member] : value.items()) {
                out[key] = take(member, below(from, key), below(to, key));
            }
        } else if (value.is_array()) {
            for (std::size_t i = 0; i < value.size(); ++i) {
                auto const key = std::to_string(i);
                out[i] = take(value[i], below(from, key), below(to, key));
            }
        }
        return out;
    }

    // Maps are merged key by key where `deep` says so, everything else is replaced.
    void put(Value& target, std::string const& to, Node const& over, int deep) {
        for (auto const& [key, node] : over.members()) {
            if (deep > 0 && node.is_map() && target.contains(key) && target[key].is_object()) {
                put(target[key], below(to, key), node, deep - 1);
            } else {
                target[key] = take(node.value(), node.pointer(), below(to, key));
            }
        }
    }

    [[nodiscard]] config::Document done(Value value) {
        return {document_.name(), json::Box{std::move(value)}, std::move(places_)};
    }

private:
    config::Document const& document_;
    config::Places places_;
};

std::size_t step_named(Value const& steps, Node const& over, std::string const& id) {
    std::vector<std::string> known;
    for (std::size_t i = 0; steps.is_array() && i < steps.size(); ++i) {
        if (json::text_at(steps[i], "id") == id) {
            return i;
        }
        known.push_back(json::text_at(steps[i], "id"));
    }
    std::string const near = text::nearest(id, known);
    throw over.error(
        fmt::format("there is no step {}", id),
        near.empty() ? fmt::format("Steps are {}.", text::join(known, ", "))
                     : fmt::format("Did you mean {}?", near));
}

} // namespace

config::Document overlaid(config::Document const& document, std::string_view environment) {
    Node const root{document};
    Overlay overlay{document};
    Value merged = overlay.take(document.value(), "", "");
    if (!root.is_map()) {
        return overlay.done(std::move(merged));
    }
    for (auto const& [name, over] : root.map("environments")) {
        over.only_keys({"env", "steps"});
        for (auto const& [id, step] : over.map("steps")) {
            auto const index = step_named(merged["steps"], step, id);
            if (step.find("id") || !step.is_map()) {
                throw step.error("changes a step by its keys but id", "Give with:, env:, ….");
            }
            if (name == environment) {
                auto const at = "/steps/" + std::to_string(index);
                overlay.put(merged["steps"][index], at, step, 1);
            }
        }
        auto const env = over.find("env");
        if (name == environment && env) {
            merged["env"] = merged.contains("env") ? merged["env"] : Value::object();
            overlay.put(merged["env"], "/env", *env, 0);
        }
    }
    merged.erase("environments");
    return overlay.done(std::move(merged));
}

} // namespace slipway::deploy_run
