// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <iterator>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace slipway::cli {

namespace {

class Reader {
public:
    Reader(Spec const& spec, std::vector<std::string> const& arguments) : spec_(spec) {
        app_.set_help_flag();
        app_.add_flag("-h,--help", found.help);
        app_.add_flag("--version", found.version);
        app_.add_flag("--describe", found.describe);
        for (auto const& option : spec.options()) {
            declare(option);
        }
        app_.allow_extras();
        app_.prefix_command(false);
        read(arguments);
    }

    CommandLine found;

private:
    void declare(Option const& option) {
        if (option.positional) {
            return;
        }
        if (option.kind == Kind::flag || option.bare_value) {
            // CLI11 would let `--dry-run FILE` take FILE; these are taken out before it reads.
            flags_.push_back(option.name);
            return;
        }
        auto const take = [this, name = option.name](CLI::results_t const& texts) {
            auto& list = found.values[name];
            list.insert(list.end(), texts.begin(), texts.end());
            return true;
        };
        app_.add_option(option.name, take, "")
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->trigger_on_parse();
    }

    void read(std::vector<std::string> const& arguments) {
        auto const separator = std::find(arguments.begin(), arguments.end(), "--");
        if (separator != arguments.end()) {
            found.rest.assign(std::next(separator), arguments.end());
        }
        std::vector<std::string> given;
        for (auto argument = arguments.begin(); argument != separator; ++argument) {
            if (take_flag(*argument)) {
                continue;
            }
            if (names_empty_value(*argument)) {
                // CLI11 takes `--title=` for an option without its value.
                given.push_back(argument->substr(0, argument->size() - 1));
                given.emplace_back();
            } else {
                given.push_back(*argument);
            }
        }
        std::reverse(given.begin(), given.end()); // CLI11 reads a vector from its end
        try {
            app_.parse(given);
        } catch (CLI::ArgumentMismatch const& error) {
            refuse(error.what(), help_hint(spec_));
        } catch (CLI::ParseError const& error) {
            refuse(error.what(), help_hint(spec_));
        }
        for (auto const& word : app_.remaining()) {
            if (word.size() > 1 && word.starts_with('-')) {
                refuse_unknown(word);
            }
            found.words.push_back(word);
        }
    }

    [[nodiscard]] bool names_empty_value(std::string const& argument) const {
        return std::any_of(
            spec_.options().begin(), spec_.options().end(), [&](Option const& option) {
                return !option.positional && argument == option.name + "=";
            });
    }

    bool take_flag(std::string const& argument) {
        auto const equals = argument.find('=');
        std::string const name = argument.substr(0, equals);
        if (std::find(flags_.begin(), flags_.end(), name) == flags_.end()) {
            return false;
        }
        std::string value = "true";
        for (auto const& option : spec_.options()) {
            if (option.name == name && option.bare_value) {
                value = *option.bare_value;
            }
        }
        found.values[name].push_back(
            equals == std::string::npos ? value : argument.substr(equals + 1));
        return true;
    }

    [[noreturn]] void refuse_unknown(std::string const& word) const {
        std::vector<std::string> known{"--help", "--version", "--describe"};
        for (auto const& option : spec_.options()) {
            if (!option.positional) {
                known.push_back(option.name);
            }
        }
        std::string const name = word.substr(0, word.find('='));
        std::string const near = text::nearest(name, known);
        refuse(
            fmt::format("unknown option {}", name),
            near.empty() ? help_hint(spec_)
                         : fmt::format("Did you mean {}? {}", near, help_hint(spec_)));
    }

    Spec const& spec_;
    CLI::App app_;
    std::vector<std::string> flags_;
};

} // namespace

void refuse(std::string message, std::string hint) {
    throw Error{ErrorKind::usage, std::move(message), std::move(hint)};
}

std::string help_hint(Spec const& spec) {
    return fmt::format("See {} --help.", spec.tool());
}

CommandLine read_command_line(Spec const& spec, std::vector<std::string> const& arguments) {
    return Reader{spec, arguments}.found;
}

} // namespace slipway::cli
