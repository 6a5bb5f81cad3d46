// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::cli {

namespace {

constexpr std::size_t width = 98;
constexpr std::size_t indent = 30;

std::string wrapped(std::string_view text, std::size_t left) {
    std::string out;
    std::size_t column = left;
    for (auto const word : text::split(text, ' ')) {
        if (column > left && column + word.size() + 1 > width) {
            out += "\n" + std::string(left, ' ');
            column = left;
        } else if (column > left) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
    }
    return out;
}

std::string row(std::string const& head, std::string const& body) {
    std::string out = "  " + head;
    out += out.size() + 2 > indent ? "\n" + std::string(indent, ' ')
                                   : std::string(indent - out.size(), ' ');
    return out + wrapped(body, indent) + "\n";
}

std::string_view name_of(Kind kind) {
    switch (kind) {
    case Kind::flag:
        return "flag";
    case Kind::text:
        return "text";
    case Kind::secret:
        return "secret";
    case Kind::integer:
        return "integer";
    case Kind::number:
        return "number";
    case Kind::duration:
        return "duration";
    case Kind::bytes:
        return "bytes";
    case Kind::path:
        return "path";
    case Kind::list:
        return "list";
    }
    return "text";
}

std::string head_of(Option const& option) {
    if (option.positional) {
        return option.rest ? "-- " + option.name : option.name;
    }
    if (option.bare_value && !option.value_name.empty()) {
        return option.name + "[=" + option.value_name + "]";
    }
    return option.value_name.empty() ? option.name : option.name + " " + option.value_name;
}

std::string body_of(Option const& option) {
    std::string out = option.help;
    auto const add = [&](std::string const& what) {
        out += " " + what;
    };
    if (!option.allowed.empty()) {
        add("{" + text::join(option.allowed, ", ") + "}");
    }
    if (option.kind == Kind::list) {
        add("(repeatable)");
    }
    if (!option.verbs.empty()) {
        add("[" + text::join(option.verbs, ", ") + "]");
    }
    if (option.is_required) {
        add("(required)");
    }
    if (!option.default_text.empty()) {
        add("(default: " + option.default_text + ")");
    }
    if (!option.variables.empty()) {
        add("(env: " + text::join(option.variables, ", ") + ")");
    }
    return out;
}

std::string usage_line(Spec const& spec) {
    std::string out = "Usage: " + spec.tool();
    if (!spec.verbs().empty()) {
        std::vector<std::string> names;
        bool optional = false;
        for (auto const& verb : spec.verbs()) {
            names.push_back(verb.name);
            optional = optional || verb.standard;
        }
        std::string const all = text::join(names, " | ");
        out += optional ? " [" + all + "]" : " " + all;
    }
    out += " [OPTION…]";
    for (auto const& option : spec.options()) {
        if (option.positional) {
            std::string const word = head_of(option) + (option.kind == Kind::list ? "…" : "");
            out += option.is_required ? " " + word : " [" + word + "]";
        }
    }
    return wrapped(out, 0) + "\n";
}

std::string section(
    Spec const& spec,
    std::string_view title,
    std::function<bool(Option const&)> const& wanted) {
    std::string rows;
    for (auto const& option : spec.options()) {
        if (wanted(option)) {
            rows += row(head_of(option), body_of(option));
        }
    }
    return rows.empty() ? "" : fmt::format("\n{}:\n{}", title, rows);
}

json::Value described(Spec const& spec, Option const& option) {
    json::Value out{
        {"name", option.name},
        {"value", option.value_name},
        {"kind", name_of(option.kind)},
        {"element", name_of(option.element)},
        {"help", option.help},
        {"default", option.default_text},
        {"choices", option.allowed},
        {"verbs", option.verbs},
        {"required", option.is_required},
        {"positional", option.positional},
        {"shared", option.shared},
        {"variable", spec.variable_of(option)},
        {"variables", option.variables},
    };
    out["bare"] = option.bare_value ? json::Value(*option.bare_value) : json::Value();
    return out;
}

} // namespace

std::string help(Spec const& spec) {
    std::string out = fmt::format("{}: {}\n\n{}", spec.tool(), spec.summary(), usage_line(spec));
    if (!spec.verbs().empty()) {
        out += "\nVerbs:\n";
        for (auto const& verb : spec.verbs()) {
            out += row(verb.name, verb.summary + (verb.standard ? " (default)" : ""));
        }
    }
    out += section(spec, "Arguments", [](Option const& option) { return option.positional; });
    out += section(
        spec, "Options", [](Option const& option) { return !option.positional && !option.shared; });
    out += section(spec, "Options of every tool", [](Option const& option) {
        return !option.positional && option.shared;
    });
    out += row("--describe", "print the option table as JSON");
    out += row("-h, --help", "print this");
    out += row("--version", "print the version");
    out += fmt::format(
        "\nEnvironment: each option also has a variable, such as {}; lists by newlines.\n"
        "Order: command line, variable, --config file, default.\n",
        spec.options().empty() ? "" : spec.variable_of(spec.options().front()));
    if (!spec.examples().empty()) {
        out += "\nExamples:\n";
        for (auto const& [command, explanation] : spec.examples()) {
            out += fmt::format("  # {}\n  {}\n", explanation, command);
        }
    }
    out += "\nExit codes: 0 done, 1 failed, 2 usage, 3 unavailable, 4 refused, 5 timeout, 6 in "
           "doubt,\n"
           "  7 undecided, 70 internal, 130 and 143 stopped by a signal (docs/exit-codes.md)\n";
    return out;
}

json::Value describe(Spec const& spec, std::string_view version) {
    json::Value out{
        {"schema", "slipway/describe/1"},
        {"tool", spec.tool()},
        {"version", version},
        {"summary", spec.summary()}};
    out["verbs"] = json::Value::array();
    for (auto const& verb : spec.verbs()) {
        out["verbs"].push_back(
            {{"name", verb.name}, {"summary", verb.summary}, {"default", verb.standard}});
    }
    out["options"] = json::Value::array();
    for (auto const& option : spec.options()) {
        out["options"].push_back(described(spec, option));
    }
    out["outputs"] = json::Value::array();
    for (auto const& output : spec.outputs()) {
        out["outputs"].push_back({{"name", output.name}, {"help", output.help}});
    }
    out["examples"] = json::Value::array();
    for (auto const& [command, explanation] : spec.examples()) {
        out["examples"].push_back({{"command", command}, {"explanation", explanation}});
    }
    return out;
}

} // namespace slipway::cli
