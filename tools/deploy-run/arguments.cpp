// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include "text/join.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace slipway::deploy_run {

namespace {

// --describe does not tell what follows `--` (cli::Spec::command_line) from other arguments.
constexpr std::string_view command_line_name = "COMMAND";

[[noreturn]] void refuse(Where const& where, std::string const& message, std::string hint) {
    throw Error{ErrorKind::usage, fmt::format("{}: {}", where.text(), message), std::move(hint)}
        .with_where(where);
}

std::string verb_of(Step const& step, Described const& tool) {
    if (step.command.empty()) {
        if (tool.default_verb.empty() && !tool.verbs.empty()) {
            refuse(
                step.command_where,
                fmt::format("{} needs a verb", tool.tool),
                fmt::format("Give command: one of {}.", text::join(tool.verbs, ", ")));
        }
        return tool.default_verb;
    }
    if (std::find(tool.verbs.begin(), tool.verbs.end(), step.command) != tool.verbs.end()) {
        return step.command;
    }
    std::string const near = text::nearest(step.command, tool.verbs);
    refuse(
        step.command_where,
        fmt::format("{} has no verb {}", tool.tool, step.command),
        !near.empty()        ? fmt::format("Did you mean {}?", near)
        : tool.verbs.empty() ? "Leave command: out."
                             : fmt::format("Verbs are {}.", text::join(tool.verbs, ", ")));
}

class Spelling {
public:
    Spelling(Step const& step, Described const& tool, secret::Redactor const& known)
        : step_(step), tool_(tool), known_(known), verb_(verb_of(step, tool)) {}

    Invocation spell() {
        if (!verb_.empty()) {
            out_.words.push_back(verb_);
        }
        std::vector<std::string> verbatim;
        for (auto const& setting : step_.with) {
            if (setting.name == "args") {
                for (auto const& value : setting.values) {
                    check_word(setting, value);
                }
                verbatim = setting.values;
            } else {
                add(setting);
            }
        }
        // Positional words stand in the order in which the tool declares them.
        for (auto const& option : tool_.options) {
            auto const& words = positional_[option.name];
            auto& target = option.name == command_line_name ? out_.command_line : out_.words;
            target.insert(target.end(), words.begin(), words.end());
        }
        out_.words.insert(out_.words.end(), verbatim.begin(), verbatim.end());
        return std::move(out_);
    }

private:
    void add(Setting const& setting) {
        auto const& option = option_of(setting);
        if (option.name == "--output") {
            refuse(
                setting.where,
                "output is named by deploy-run itself",
                "Leave it out; the record lies in the pipeline's folder under the step's id.");
        }
        out_.has_environment = out_.has_environment || option.name == "--environment";
        out_.has_timeout = out_.has_timeout || option.name == "--timeout";
        out_.has_yes = out_.has_yes || option.name == "--yes";
        if (!option.belongs_to(verb_)) {
            refuse(
                setting.where,
                fmt::format("{} does not belong to {} {}", setting.name, tool_.tool, verb_),
                fmt::format("It belongs to {}.", text::join(option.verbs, ", ")));
        }
        if (setting.flag) {
            add_flag(setting, option);
            return;
        }
        check_shape(setting, option);
        for (auto const& value : setting.values) {
            add_value(setting, option, value);
        }
    }

    [[nodiscard]] KnownOption const& option_of(Setting const& setting) const {
        std::vector<std::string> names;
        for (auto const& option : tool_.options) {
            std::string const name = option.positional ? option.name : option.name.substr(2);
            if (name == setting.name) {
                return option;
            }
            names.push_back(name);
        }
        std::string const near = text::nearest(setting.name, names);
        refuse(
            setting.where,
            fmt::format("{} has no option {}", tool_.tool, setting.name),
            near.empty() ? fmt::format("See {} --help.", tool_.tool)
                         : fmt::format("Did you mean {}?", near));
    }

    void add_flag(Setting const& setting, KnownOption const& option) {
        if (!option.is_flag() && !option.has_bare) {
            refuse(
                setting.where,
                fmt::format("{} takes a value, not true or false", setting.name),
                "Quote the word if it is the value.");
        }
        if (*setting.flag) {
            out_.words.push_back(option.name);
        }
    }

    void check_shape(Setting const& setting, KnownOption const& option) const {
        if (option.is_flag()) {
            refuse(
                setting.where,
                fmt::format("{} takes no value", setting.name),
                "Write true, or false to leave it out.");
        }
        if (setting.list && !option.is_list()) {
            refuse(
                setting.where,
                fmt::format("{} takes one value, not a list", setting.name),
                fmt::format("See {} --help.", tool_.tool));
        }
        for (auto const& value : setting.values) {
            auto const& choices = option.choices;
            if (!choices.empty() &&
                std::find(choices.begin(), choices.end(), value) == choices.end()) {
                refuse(
                    setting.where,
                    fmt::format("{}: {} is not possible", setting.name, value),
                    fmt::format("Possible are {}.", text::join(choices, ", ")));
            }
        }
    }

    void add_value(Setting const& setting, KnownOption const& option, std::string const& value) {
        if (option.is_secret()) {
            add_secret(setting, option, value);
            return;
        }
        if (option.positional && option.name != command_line_name) {
            check_word(setting, value);
        }
        check_open(setting, value);
        if (option.positional) {
            positional_[option.name].push_back(value);
        } else if (option.has_bare || value.starts_with('-')) {
            out_.words.push_back(option.name + "=" + value);
        } else {
            out_.words.push_back(option.name);
            out_.words.push_back(value);
        }
    }

    // A secret goes by the environment, where only its owner can read it.
    void add_secret(Setting const& setting, KnownOption const& option, std::string const& value) {
        if (value.starts_with('@')) {
            out_.words.push_back(option.positional ? value : option.name + "=" + value);
            return;
        }
        if (!setting.from_variable) {
            refuse(
                setting.where,
                fmt::format("{} holds a secret, which may not stand in a file", setting.name),
                fmt::format(
                    "Leave it out and set {}, write ${{NAME}}, or give @FILE.",
                    option.variables.empty() ? option.variable : option.variables.front()));
        }
        for (auto& [name, held] : out_.secrets) {
            if (name == option.variable) {
                held += "\n" + value; // lists are given by lines
                return;
            }
        }
        out_.secrets.emplace_back(option.variable, value);
    }

    void check_word(Setting const& setting, std::string const& value) const {
        if (value.starts_with('-')) {
            refuse(
                setting.where,
                fmt::format("{} would be read as an option", value),
                "Give options under their own names in with:.");
        }
        check_open(setting, value);
    }

    void check_open(Setting const& setting, std::string const& value) const {
        if (known_.redact(value) != value) {
            refuse(
                setting.where,
                fmt::format("{} would show a secret in the list of processes", setting.name),
                "Hand it on by the environment: name the variable under env:.");
        }
    }

    Step const& step_;
    Described const& tool_;
    secret::Redactor const& known_;
    std::string verb_;
    Invocation out_;
    std::map<std::string, std::vector<std::string>> positional_;
};

} // namespace

Invocation arguments_of(Step const& step, Described const& tool, secret::Redactor const& known) {
    return Spelling{step, tool, known}.spell();
}

} // namespace slipway::deploy_run
