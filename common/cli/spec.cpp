// SPDX-License-Identifier: Apache-2.0
#include "cli/spec.hpp"

#include <algorithm>
#include <utility>

namespace slipway::cli {

namespace {
std::string upper_snake(std::string_view kebab) {
    std::string out;
    for (char const c : kebab) {
        out += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}
} // namespace

Option& Option::env(std::string variable) {
    variables.push_back(std::move(variable));
    return *this;
}

Option& Option::standard(std::string text) {
    default_text = std::move(text);
    return *this;
}

Option& Option::choices(std::vector<std::string> words) {
    allowed = std::move(words);
    return *this;
}

Option& Option::only_for(std::vector<std::string> names) {
    verbs = std::move(names);
    return *this;
}

Option& Option::bare(std::string value) {
    bare_value = std::move(value);
    return *this;
}

Option& Option::required() {
    is_required = true;
    return *this;
}

Option& Spec::add(std::string_view names, std::string help, Kind kind) {
    Option& made = options_.emplace_back();
    auto const space = names.find(' ');
    made.name = names.substr(0, space);
    made.value_name = space == std::string_view::npos ? "" : names.substr(space + 1);
    made.help = std::move(help);
    made.kind = kind;
    made.element = kind;
    made.shared = shared_;
    return made;
}

Option& Spec::command_line(std::vector<std::string>& target, std::string_view help) {
    Option& made = option(target, "COMMAND", help);
    made.positional = true;
    made.rest = true;
    return made;
}

Option& Spec::dry_run(std::string& target, std::vector<std::string> kinds, std::string_view help) {
    dry_run_ = &target;
    std::string const bare = kinds.empty() ? "true" : kinds.front();
    Option& made = option(target, kinds.empty() ? "--dry-run" : "--dry-run KIND", help);
    made.bare(bare);
    made.set = [&target, kinds, bare](std::string_view text) -> std::string {
        bool asked = true;
        if (read_value(text, asked).empty()) {
            target = asked ? bare : "";
            return {};
        }
        target = text;
        return std::find(kinds.begin(), kinds.end(), text) == kinds.end() ? "is no kind of dry-run"
                                                                          : "";
    };
    return made;
}

void Spec::verb(std::string name, std::string summary, bool standard) {
    verbs_.push_back({std::move(name), std::move(summary), standard});
}

void Spec::example(std::string command, std::string explanation) {
    examples_.emplace_back(std::move(command), std::move(explanation));
}

void Spec::output(std::string name, std::string help) {
    outputs_.push_back({std::move(name), std::move(help)});
}

std::string Spec::variable_of(Option const& option) const {
    // SLIPWAY_<TOOL>_COMMAND names the verb already.
    std::string_view name = option.rest ? "COMMAND_LINE" : std::string_view{option.name};
    name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
    return "SLIPWAY_" + upper_snake(tool_) + "_" + upper_snake(name);
}

std::string Spec::verb_variable() const {
    return "SLIPWAY_" + upper_snake(tool_) + "_COMMAND";
}

} // namespace slipway::cli
