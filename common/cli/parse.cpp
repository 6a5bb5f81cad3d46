// SPDX-License-Identifier: Apache-2.0
#include "cli/parse.hpp"

#include "cli/command_line.hpp"
#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

namespace slipway::cli {

namespace {

Verb const* find_verb(Spec const& spec, std::string_view word) {
    auto const found =
        std::find_if(spec.verbs().begin(), spec.verbs().end(), [&](Verb const& verb) {
            return verb.name == word;
        });
    return found == spec.verbs().end() ? nullptr : &*found;
}

std::string names_of_verbs(Spec const& spec) {
    std::vector<std::string> names;
    for (auto const& verb : spec.verbs()) {
        names.push_back(verb.name);
    }
    return text::join(names, ", ");
}

// A secret is given as `@FILE` or `-` (standard input); a literal stands in every process list.
std::string read_secret(std::string const& given, std::string const& name, bool refuse_literal) {
    std::string value;
    if (given == "-") {
        value.assign(std::istreambuf_iterator<char>{std::cin}, {});
    } else if (given.starts_with('@')) {
        value = fs::read_file(given.substr(1), 1U << 20U);
    } else {
        if (refuse_literal) {
            refuse(
                fmt::format("{} holds a secret, which may not stand on a command line in CI", name),
                fmt::format(
                    "Give it by its environment variable, as {}=@FILE, or as {}=-.", name, name));
        }
        return given;
    }
    while (value.ends_with('\n') || value.ends_with('\r')) {
        value.pop_back();
    }
    return value;
}

class Assignment {
public:
    Assignment(Spec const& spec, Sources const& sources, std::string verb)
        : spec_(spec), sources_(sources), verb_(std::move(verb)) {}

    void assign(Option const& option, Values const& command_line) {
        auto const found = command_line.find(option.name);
        if (found != command_line.end()) {
            check_verb(option);
            auto values = found->second;
            if (option.element == Kind::secret) {
                for (auto& value : values) {
                    value = read_secret(value, option.name, sources_.refuse_literal_secrets);
                }
            }
            set(option, values, option.name);
        } else if (
            !from_variables(option) && !from_configuration(option) && option.is_required &&
            applies(option)) {
            refuse_missing(option);
        }
    }

    void use_configuration(fs::Path path) { configuration_ = std::move(path); }

    std::vector<std::string> secrets;

private:
    [[nodiscard]] bool applies(Option const& option) const {
        return option.verbs.empty() ||
               std::find(option.verbs.begin(), option.verbs.end(), verb_) != option.verbs.end();
    }

    void check_verb(Option const& option) const {
        if (!applies(option)) {
            refuse(
                fmt::format("{} does not belong to {} {}", option.name, spec_.tool(), verb_),
                fmt::format(
                    "It belongs to {}. {}", text::join(option.verbs, ", "), help_hint(spec_)));
        }
    }

    bool from_variables(Option const& option) {
        std::vector<std::string> names{spec_.variable_of(option)};
        names.insert(names.end(), option.variables.begin(), option.variables.end());
        for (auto const& name : names) {
            auto const value = sources_.variable(name);
            if (!value || !applies(option)) {
                continue;
            }
            std::vector<std::string> values;
            if (option.kind == Kind::list) {
                for (auto const line : text::lines(*value)) {
                    if (!text::trim(line).empty()) {
                        values.emplace_back(text::trim(line));
                    }
                }
            } else {
                values.push_back(*value);
            }
            set(option, values, name);
            return true;
        }
        return false;
    }

    bool from_configuration(Option const& option) {
        if (configuration_.empty() || !sources_.configuration) {
            return false;
        }
        auto const values = sources_.configuration(configuration_, option);
        if (values) {
            set(option, *values, fmt::format("{} in {}", option.name, configuration_.string()));
        }
        return values.has_value();
    }

    void
    set(Option const& option, std::vector<std::string> const& values, std::string const& from) {
        if (option.kind != Kind::list && values.size() > 1 && option.kind != Kind::flag) {
            refuse(fmt::format("{} is given {} times", from, values.size()), "Give it once.");
        }
        if (option.clear) {
            option.clear();
        }
        for (auto const& value : values) {
            bool const secret = option.element == Kind::secret;
            if (secret) {
                secrets.push_back(value);
            }
            if (!option.allowed.empty() &&
                std::find(option.allowed.begin(), option.allowed.end(), value) ==
                    option.allowed.end()) {
                refuse(
                    fmt::format("{}: {} is not possible", from, value),
                    fmt::format("Possible are {}.", text::join(option.allowed, ", ")));
            }
            std::string const cause = option.set(value);
            if (!cause.empty()) {
                refuse(fmt::format("{}: {} {}", from, secret ? "the value" : value, cause), "");
            }
        }
    }

    [[noreturn]] void refuse_missing(Option const& option) const {
        std::vector<std::string> ways;
        ways.push_back(option.name);
        ways.push_back(spec_.variable_of(option));
        ways.insert(ways.end(), option.variables.begin(), option.variables.end());
        refuse(
            fmt::format("{} is missing: {}", option.name, option.help),
            fmt::format("Give it as {}.", text::join(ways, " or ")));
    }

    Spec const& spec_;
    Sources const& sources_;
    std::string verb_;
    fs::Path configuration_;
};

bool is_for(Option const& option, std::string const& verb) {
    return std::find(option.verbs.begin(), option.verbs.end(), verb) != option.verbs.end();
}

// Hands the words to the positional options in their order, those of the verb where it has some of
// its own; a list takes all that are left. What follows `--` is a command where the tool takes
// one, else words that may start with a dash.
void place_words(Spec const& spec, CommandLine& given, std::size_t first, std::string const& verb) {
    bool const command = std::any_of(
        spec.options().begin(), spec.options().end(), [](Option const& o) { return o.rest; });
    if (!command) {
        given.words.insert(given.words.end(), given.rest.begin(), given.rest.end());
    }
    bool const own =
        std::any_of(spec.options().begin(), spec.options().end(), [&](Option const& option) {
            return option.positional && is_for(option, verb);
        });
    std::size_t next = first;
    for (auto const& option : spec.options()) {
        if (!option.positional || (own && !option.verbs.empty() && !is_for(option, verb))) {
            continue;
        }
        auto& values = given.values[option.name];
        if (option.rest) {
            values = given.rest;
        } else if (option.kind == Kind::list) {
            values.assign(
                given.words.begin() + static_cast<std::ptrdiff_t>(next), given.words.end());
            next = given.words.size();
        } else if (next < given.words.size()) {
            values.push_back(given.words[next++]);
        }
        if (values.empty()) {
            given.values.erase(option.name);
        }
    }
    if (next < given.words.size()) {
        refuse(fmt::format("there is a word too many: {}", given.words[next]), help_hint(spec));
    }
}

std::string
choose_verb(Spec const& spec, CommandLine const& given, Sources const& sources, std::size_t& used) {
    if (spec.verbs().empty()) {
        return {};
    }
    if (!given.words.empty() && find_verb(spec, given.words.front()) != nullptr) {
        used = 1;
        return given.words.front();
    }
    if (auto const named = sources.variable(spec.verb_variable())) {
        if (find_verb(spec, *named) == nullptr) {
            refuse(
                fmt::format("{} names the unknown verb {}", spec.verb_variable(), *named),
                fmt::format("Verbs are {}.", names_of_verbs(spec)));
        }
        return *named;
    }
    for (auto const& verb : spec.verbs()) {
        if (verb.standard) {
            return verb.name;
        }
    }
    refuse(
        given.words.empty() ? "a verb is missing"
                            : fmt::format("unknown verb {}", given.words.front()),
        fmt::format("Verbs are {}. {}", names_of_verbs(spec), help_hint(spec)));
}

// The configuration file must be known before any option is assigned.
fs::Path configuration_of(Spec const& spec, Values const& values, Sources const& sources) {
    if (auto const found = values.find("--config"); found != values.end()) {
        return found->second.back();
    }
    for (auto const& option : spec.options()) {
        if (option.name != "--config") {
            continue;
        }
        std::vector<std::string> names{spec.variable_of(option)};
        names.insert(names.end(), option.variables.begin(), option.variables.end());
        for (auto const& name : names) {
            if (auto const path = sources.variable(name)) {
                return *path;
            }
        }
    }
    return {};
}

} // namespace

Parsed parse(Spec const& spec, std::vector<std::string> const& arguments, Sources const& sources) {
    CommandLine given = read_command_line(spec, arguments);
    Parsed parsed;
    if (given.help || given.version || given.describe) {
        parsed.wish = given.help      ? Parsed::Wish::help
                      : given.version ? Parsed::Wish::version
                                      : Parsed::Wish::describe;
        return parsed;
    }
    std::size_t used = 0;
    parsed.verb = choose_verb(spec, given, sources, used);
    place_words(spec, given, used, parsed.verb);
    Assignment assignment{spec, sources, parsed.verb};
    assignment.use_configuration(configuration_of(spec, given.values, sources));
    for (auto const& option : spec.options()) {
        assignment.assign(option, given.values);
    }
    parsed.secrets = std::move(assignment.secrets);
    return parsed;
}

} // namespace slipway::cli
