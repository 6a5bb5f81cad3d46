// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/value.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::cli {

/// One option, declared once: parsing, help, man page, documents, actions and completion follow
/// from it. The setters return the option itself, so that a declaration is one expression.
class Option {
public:
    /// An environment variable that teams already have, behind SLIPWAY_<TOOL>_<NAME>.
    Option& env(std::string variable);

    /// What is shown as the default where none is given.
    Option& standard(std::string text);

    /// The only values that are accepted.
    Option& choices(std::vector<std::string> words);

    /// The verbs that take this option; with another one it is a usage error.
    Option& only_for(std::vector<std::string> names);

    /// `--name` alone means this value, `--name=VALUE` another.
    Option& bare(std::string value);

    /// A usage error where no value is found anywhere.
    Option& required();

    std::string name;       // `--keep`; a positional's is `SUITE`
    std::string value_name; // `N`; empty for a flag
    std::string help;
    std::string default_text;
    std::vector<std::string> variables;
    std::vector<std::string> allowed;
    std::vector<std::string> verbs;
    std::optional<std::string> bare_value;
    Kind kind = Kind::text;
    Kind element = Kind::text; // of a list
    bool is_required = false;
    bool positional = false;
    bool rest = false;   // all that follows `--`
    bool shared = false; // every tool has it
    std::function<std::string(std::string_view)> set;
    std::function<void()> clear; // forgets the defaults of a list before the first value
};

/// A verb: `db-backup list`.
struct Verb {
    std::string name;
    std::string summary;
    bool standard = false; // what the tool does when no verb is given
};

/// What a run hands to later steps of a CI job, besides the record, the status, the exit code and
/// the summary that every tool hands on.
struct Output {
    std::string name;
    std::string help;
};

} // namespace slipway::cli
