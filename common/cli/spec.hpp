// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/option.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::cli {

/// The options of one tool, bound to variables that must outlive the parsing.
class Spec {
public:
    Spec(std::string tool, std::string summary)
        : tool_(std::move(tool)), summary_(std::move(summary)) {}

    /// Declares an option; the first word of `names` is its long name, the second what its value
    /// is called: `--keep N`. The variable's value is the default.
    template <class T>
    Option& option(T& target, std::string_view names, std::string_view help) {
        Option& made = add(names, std::string{help}, KindOf<T>::value);
        bind(made, target);
        return made;
    }

    /// Declares a positional argument; a list takes all that are there.
    template <class T>
    Option& positional(T& target, std::string_view name, std::string_view help) {
        Option& made = option(target, name, help);
        made.positional = true;
        return made;
    }

    /// Declares --dry-run, which `target` names: empty where it was not asked for, else the kind
    /// (the first of `kinds` for a bare --dry-run, or `true` where there are none).
    Option& dry_run(std::string& target, std::vector<std::string> kinds, std::string_view help);

    /// Whether --dry-run was given; valid after parsing.
    [[nodiscard]] bool is_dry_run() const { return dry_run_ != nullptr && !dry_run_->empty(); }

    /// Declares what follows `--`: the words of a command.
    Option& command_line(std::vector<std::string>& target, std::string_view help);

    /// Declares a verb.
    void verb(std::string name, std::string summary, bool standard = false);

    /// A command line with its explanation, shown by --help and tried by the tests.
    void example(std::string command, std::string explanation);

    /// Declares a CI output, which run() writes by ci::write_output.
    void output(std::string name, std::string help);

    /// All options declared from here on are those that every tool has.
    void shared_from_here() { shared_ = true; }

    [[nodiscard]] std::string const& tool() const { return tool_; }
    [[nodiscard]] std::string const& summary() const { return summary_; }
    [[nodiscard]] std::deque<Option> const& options() const { return options_; }
    [[nodiscard]] std::vector<Verb> const& verbs() const { return verbs_; }
    [[nodiscard]] std::vector<Output> const& outputs() const { return outputs_; }
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> const& examples() const {
        return examples_;
    }

    /// `SLIPWAY_DB_BACKUP_KEEP` for `--keep`.
    [[nodiscard]] std::string variable_of(Option const& option) const;

    /// `SLIPWAY_DB_BACKUP_COMMAND`, which names the verb.
    [[nodiscard]] std::string verb_variable() const;

private:
    Option& add(std::string_view names, std::string help, Kind kind);

    template <class T>
    static void bind(Option& made, T& target) {
        made.set = [&target](std::string_view text) {
            return read_value(text, target);
        };
    }

    template <class T>
    static void bind(Option& made, std::vector<T>& target) {
        made.element = KindOf<T>::value;
        made.set = [&target](std::string_view text) {
            return read_value(text, target);
        };
        made.clear = [&target] {
            target.clear();
        };
    }

    std::string tool_;
    std::string summary_;
    std::deque<Option> options_; // a deque: the references given out stay valid
    std::vector<Verb> verbs_;
    std::vector<Output> outputs_;
    std::vector<std::pair<std::string, std::string>> examples_;
    std::string const* dry_run_ = nullptr;
    bool shared_ = false;
};

} // namespace slipway::cli
