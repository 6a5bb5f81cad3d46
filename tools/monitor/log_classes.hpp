// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log_entry.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::monitor {

/// A kind of event, by the patterns (RE2, without regard to case) that tell it.
struct LogClass {
    std::string name;
    std::vector<std::string> patterns;
};

/// Those that are shipped, the most telling first: panic, database, oauth, authorization, auth,
/// validation, error.
std::vector<LogClass> const& shipped_classes();

/// Sorts events into classes; the first class that fits is the event's.
class Classifier {
public:
    /// Throws usage where a pattern is malformed; `ignore` are patterns of what is no event.
    Classifier(std::vector<LogClass> classes, std::vector<std::string> const& ignore);
    Classifier(Classifier&&) noexcept;
    Classifier& operator=(Classifier&&) noexcept;
    Classifier(Classifier const&) = delete;
    Classifier& operator=(Classifier const&) = delete;
    ~Classifier();

    /// The class of an event as it stands in the log, empty for one that is of none; `entry` is
    /// set where it is of one.
    [[nodiscard]] std::string_view classify(std::string_view event, LogEntry& entry) const;

    [[nodiscard]] std::vector<LogClass> const& classes() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace slipway::monitor
