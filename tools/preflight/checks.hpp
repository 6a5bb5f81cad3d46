// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/record.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::preflight {

/// A check that preflight knows; `hint` says what to do where it does not pass.
struct Kind {
    std::string_view id; // `group.what`
    record::Severity severity;
    std::string_view title;
    std::string_view hint;

    [[nodiscard]] std::string_view group() const { return id.substr(0, id.find('.')); }
};

/// All checks, group by group.
std::span<Kind const> kinds();

/// The check of that id, or null.
Kind const* kind_of(std::string_view id);

/// The names of the groups in their order.
std::vector<std::string> const& groups();

} // namespace slipway::preflight
