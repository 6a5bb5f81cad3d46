// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::lint {

/// error: would break or block production; warning: may; advice: could be better; info: worth
/// knowing, and never a fault.
enum class Severity : std::uint8_t { info, advice, warning, error };

std::string_view name(Severity severity);

/// One rule; its page is docs/lint/<id>.md.
struct Rule {
    std::string_view id;
    std::vector<std::string_view> aliases; // of squawk, strong_migrations and eugene
    Severity severity = Severity::warning;
    bool standard = true; // on unless it is disabled
    std::string_view summary;
};

/// All rules, by their ids.
std::vector<Rule> const& rules();

/// The rules of that id or alias; empty where it is unknown.
std::vector<Rule const*> rules_named(std::string_view name);

/// The rule of that id; throws internal where there is none.
Rule const& rule_of(std::string_view id);

/// Where the rule is explained, from the root of Slipway's repository.
std::string page_of(std::string_view rule);

} // namespace slipway::lint
