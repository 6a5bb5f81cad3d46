// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tool/context.hpp"

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::rollback {

struct Commit {
    std::string sha;
    std::string words; // `2026-01-31 Add the cart`
};

/// The newest commits before the one that is checked out, newest first; throws usage where this is
/// no working copy of git, or there is no git.
std::vector<Commit> recent_commits(std::size_t count, std::stop_token const& stop);

/// The commit that a name means; throws usage where there is none.
Commit resolve_commit(std::string const& name, std::stop_token const& stop);

/// The commit of --to-commit; `choose` shows the recent ones and asks on the terminal. Throws
/// refused where nobody can be asked or nothing was chosen.
Commit target_commit(std::string const& wanted, tool::Context& context);

} // namespace slipway::rollback
