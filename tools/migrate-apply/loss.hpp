// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::migrate_apply {

/// What a script throws away.
struct Loss {
    std::string what;                 // `table public.users`, `column public.users.theme`
    std::optional<std::int64_t> rows; // that hold something now; nothing where it is not known
    Where where;
};

/// The data that a script's statements throw away, counted as it is now, at most 5 s for each.
std::vector<Loss> losses(Session& session, migration::Script const& script);

/// `table public.users with 3 rows`.
std::string text_of(Loss const& loss);

} // namespace slipway::migrate_apply
