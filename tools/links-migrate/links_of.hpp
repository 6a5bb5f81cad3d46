// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mapping.hpp"
#include "tables.hpp"
#include "tally.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::links_migrate {

/// A row to be written for an item.
struct FreshLink {
    std::string url;
    std::string type;  // empty where the mapping has none
    std::string label; // likewise
    std::string ident; // what tells it from the other items of its row
    std::int64_t position = 0;
};

/// What one JSON value becomes where the target has nothing of its row yet.
struct FreshLinks {
    std::vector<FreshLink> links; // by position
    std::vector<Reject> rejects;  // without keys; none where they are not wanted
    Tally tally;                  // of one row; nothing is present
};

/// Whether links_of knows the mapping's rules: addresses in jsonb, told apart by these and their
/// types alone. All else is the server's statement's.
bool has_plain_links(Mapping const& mapping, Tables const& tables);

/// Does in C++ and for one value, as jsonb writes it, what transform_sql does in the server for a
/// range of them; a test compares both. Nothing for the rare values of which it cannot tell what
/// the server would make: those are left to the statement.
std::optional<FreshLinks> links_of(
    std::string_view json,
    Mapping const& mapping,
    std::size_t longest_url,
    bool wants_rejects);

} // namespace slipway::links_migrate
