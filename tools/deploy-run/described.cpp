// SPDX-License-Identifier: Apache-2.0
#include "described.hpp"

#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "step/sibling.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

constexpr time::Milliseconds patience{10'000};

std::vector<std::string> texts(json::Value const& list) {
    std::vector<std::string> out;
    for (auto const& item : list) {
        if (item.is_string()) {
            out.push_back(item.get<std::string>());
        }
    }
    return out;
}

bool truth(json::Value const& object, std::string_view key) {
    auto const& value = json::at(object, key);
    return value.is_boolean() && value.get<bool>();
}

KnownOption read_option(json::Value const& object) {
    KnownOption option;
    option.name = json::text_at(object, "name");
    option.kind = json::text_at(object, "kind");
    option.element = json::text_at(object, "element");
    option.choices = texts(json::at(object, "choices"));
    option.verbs = texts(json::at(object, "verbs"));
    option.variable = json::text_at(object, "variable");
    option.variables = texts(json::at(object, "variables"));
    option.positional = truth(object, "positional");
    option.has_bare = !json::at(object, "bare").is_null();
    return option;
}

} // namespace

bool KnownOption::belongs_to(std::string_view verb) const {
    return verbs.empty() || std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
}

Described read_description(std::string_view text, std::string const& tool) {
    auto const document = json::parse(text, tool + " --describe");
    if (json::text_at(document, "schema") != "slipway/describe/1") {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} does not describe itself as a Slipway tool", tool),
            "Use run: for other programs."};
    }
    Described out;
    out.tool = tool;
    for (auto const& verb : json::at(document, "verbs")) {
        out.verbs.push_back(json::text_at(verb, "name"));
        if (truth(verb, "default")) {
            out.default_verb = out.verbs.back();
        }
    }
    for (auto const& option : json::at(document, "options")) {
        out.options.push_back(read_option(option));
    }
    return out;
}

Described const& Catalogue::of(std::string const& tool, Where const& where) {
    auto const found = known_.find(tool);
    if (found != known_.end()) {
        return found->second;
    }
    try {
        proc::Command command = step::command_of(tool);
        command.arguments.emplace_back("--describe");
        command.timeout = patience;
        auto const outcome = proc::run(command, stop_);
        signal::throw_if_stopped(stop_);
        if (!outcome.ok()) {
            throw Error{
                ErrorKind::unavailable,
                fmt::format("{} --describe gave no answer: {}", tool, outcome.how()),
                fmt::format("Look whether {} starts by itself.", tool)};
        }
        return known_.emplace(tool, read_description(outcome.output, tool)).first->second;
    } catch (Error const& error) {
        throw error.with_context(where.text()).with_where(where);
    }
}

} // namespace slipway::deploy_run
