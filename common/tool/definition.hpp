// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/spec.hpp"
#include "tool/context.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace slipway::tool {

/// One run's parts, after the types of its options are forgotten.
struct Instance {
    std::shared_ptr<void> options; // what the specification is bound to
    cli::Spec spec;
    std::function<void(Context&)> run;
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

    /// A fresh set of options with the specification bound to it.
    [[nodiscard]] Instance instance() const {
        auto options = std::make_shared<Options>();
        Instance made{options, cli::Spec{std::string{name}, std::string{summary}}, {}};
        declare(made.spec, *options);
        made.run = [options, work = run](Context& context) {
            work(*options, context);
        };
        return made;
    }
};

} // namespace slipway::tool
