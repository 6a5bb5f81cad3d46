// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "lint/rule.hpp"
#include "sql/definition.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::lint {

/// One migration to judge; `text` must outlive the call, its bytes that are not to be applied blank.
struct Source {
    std::string file;
    std::string_view text;
    std::optional<bool> transactional; // what the file or its layout asks for, if anything
};

struct Settings {
    std::vector<std::string> enable; // ids and aliases, or `all`
    std::vector<std::string> disable;
    /// As `server_version_num` has it: 140002 is 14.2; 0 is any supported one.
    int server_version = 0;
    /// Whether the files are what is pending: what an earlier one makes is then new to the later
    /// ones, too. Else each file is judged as if those before it were applied long ago.
    bool pending = false;
    /// The type that a column has in the database, as format_type() writes it; empty where there is
    /// no such column. May be absent: types are then known from earlier statements alone.
    std::function<std::string(sql::Name const& table, std::string const& column)> type_of;
};

/// What a rule found.
struct Finding {
    std::string rule;
    Severity severity = Severity::warning;
    std::string message; // what happens
    std::string hint;    // a sentence that says what to do
    Where where;
    std::string statement;  // shortened to one line
    std::size_t source = 0; // the file's index
    std::size_t offset = 0; // the statement's first byte in the text
};

/// Judges the files in the order in which they apply; findings come in the order of their places.
/// Throws usage where the settings name an unknown rule; for no text whatever.
std::vector<Finding> check(std::vector<Source> const& files, Settings const& settings);

} // namespace slipway::lint
