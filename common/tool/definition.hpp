// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/spec.hpp"
#include "tool/context.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace slipway::tool {

/// What a run shows to a caller with conventions of its own, instead of the summary line and the
/// exit code of the record.
struct Closing {
    std::string output;
    int exit_code = 0;
};

/// One run's parts, after the types of its options are forgotten.
struct Instance {
    std::shared_ptr<void> options; // what the specification is bound to
    cli::Spec spec;
    std::function<void(Context&)> run;
    /// Of the finished record and the arguments, whose options may not have been understood;
    /// nothing: the run ends as those of all tools do.
    std::function<std::optional<Closing>(record::Record const&, std::span<std::string const>)>
        close;
};

/// A tool: its name, one line of summary, the declaration of its options (no I/O) and its work.
/// `run` fills the record, and throws Error where it cannot go on; it never exits and never
/// prints to stdout.
template <class Options>
struct Definition {
    std::string_view name;
    std::string_view summary;
    void (*declare)(cli::Spec&, Options&);
    void (*run)(Options const&, Context&);
    std::optional<Closing> (
        *close)(Options const&, record::Record const&, std::span<std::string const>) = nullptr;

    /// A fresh set of options with the specification bound to it.
    [[nodiscard]] Instance instance() const {
        auto options = std::make_shared<Options>();
        Instance made{options, cli::Spec{std::string{name}, std::string{summary}}, {}, {}};
        declare(made.spec, *options);
        made.run = [options, work = run](Context& context) {
            work(*options, context);
        };
        if (close != nullptr) {
            made.close = [options, end = close](
                             record::Record const& record, std::span<std::string const> arguments) {
                return end(*options, record, arguments);
            };
        }
        return made;
    }
};

} // namespace slipway::tool
