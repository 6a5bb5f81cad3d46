// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "probe/look.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::probe {

/// What has to be there of one table.
struct TableWish {
    struct Column {
        std::string name;
        std::optional<std::string> type; // as SQL spells it, short names too: `varchar(20)`
        std::optional<bool> nullable;
        std::optional<std::string> standard; // the default's expression
    };

    std::string name; // `users`, `shop.users`
    std::vector<Column> columns;
    /// By name, or where it has parentheses by a part of its definition: `(user_id, at DESC)`,
    /// `FOREIGN KEY (user_id)`.
    std::vector<std::string> indexes;
    std::vector<std::string> constraints;
};

/// What values an enum has to have; more are no fault.
struct EnumWish {
    std::string name;
    std::vector<std::string> values;
};

struct SchemaWish {
    std::vector<TableWish> tables;
    std::vector<EnumWish> enums;
};

/// Compares the database with the wish: a check `<id>.<table or enum>` each.
Look look_at_schema(
    std::string const& id,
    SchemaWish const& wish,
    pg::ConnInfo const& target,
    pg::Options const& options);

/// The type as format_type() of the server spells it: `timestamptz(3)` is `timestamp(3) with time
/// zone`.
std::string canonical_type(std::string_view type);

} // namespace slipway::probe
