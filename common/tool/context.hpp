// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "log/logger.hpp"
#include "record/read.hpp"
#include "record/record.hpp"
#include "secret/redactor.hpp"
#include "time/clock.hpp"
#include "time/deadline.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::tool {

/// The options that every tool has.
struct Shared {
    fs::Path output;
    bool json = false;
    std::vector<fs::Path> inputs;
    std::string environment;
    std::string name;
    fs::Path config;
    bool yes = false;
    std::optional<time::Milliseconds> timeout;
    std::string log_format = "auto";
    std::string log_level = "info";
    std::string color = "auto";
    std::string on_undecided;
    std::vector<std::string>
        relaxed_environments{"development", "test", "ci", "staging", "preview"};
};

/// What a running tool has: doors to the world, and the record that it fills.
class Context {
public:
    Context(
        log::Logger& logger,
        time::Clock& time,
        secret::Redactor& cleaner,
        record::Record& written,
        Shared const& shared)
        : log(logger), clock(time), redactor(cleaner), record(written), options(shared) {}

    log::Logger& log;
    time::Clock& clock;
    secret::Redactor& redactor;
    record::Record& record;
    Shared const& options;
    std::stop_token stop;
    time::Deadline deadline = time::Deadline::never();
    std::string verb;
    fs::Path record_path;
    bool in_ci = false;

    /// The records of --input, read once and oldest first; each that is used must go through
    /// rely_on().
    [[nodiscard]] std::vector<record::Found> const& inputs();

    /// Notes in the record that this input was relied on.
    void rely_on(record::Found const& found);

    /// The folder of the record: artifacts' paths are relative to it.
    [[nodiscard]] fs::Path folder() const;

    /// Production is every environment that is not listed as relaxed. An unset one counts as
    /// production for destructive work unless the server is local.
    [[nodiscard]] bool production(bool local_server) const;

    /// Asks before destructive work: goes on with --yes, asks on a terminal, else throws refused.
    void confirm(std::string_view question);

    /// What a person answers on the terminal; nothing where nobody can be asked (also in CI).
    [[nodiscard]] std::optional<std::string> answer(std::string_view question) const;

    /// Sets the status from the checks, by --on-undecided (default: fail in production).
    void judge_by_checks();

    /// Writes the record as it is now, so that a kill leaves what is known; at most as often as
    /// a step of the work changes something.
    void checkpoint() const;

private:
    std::optional<std::vector<record::Found>> inputs_;
};

} // namespace slipway::tool
