// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::expr {

/// A regular expression in RE2's syntax: time linear in the text, memory bounded; safe to use
/// from several threads.
class Regex {
public:
    /// Throws usage where the pattern is malformed, longer than 64 KiB or needs over 8 MiB.
    explicit Regex(std::string_view pattern, bool ignore_case = false);

    /// Reads `/pattern/` or `/pattern/i`; nothing where the text does not look so.
    static std::optional<Regex> between_slashes(std::string_view text);

    /// Whether some part of the text matches; never throws.
    [[nodiscard]] bool found_in(std::string_view text) const;

    /// Whether the whole text matches; never throws.
    [[nodiscard]] bool matches(std::string_view text) const;

    /// The first match and its groups (views into `text`, empty where a group took no part);
    /// empty where there is no match.
    [[nodiscard]] std::vector<std::string_view> groups(std::string_view text) const;

    [[nodiscard]] std::string const& pattern() const;

private:
    struct Parts;
    std::shared_ptr<Parts const> parts_;
};

} // namespace slipway::expr
