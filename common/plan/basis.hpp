// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/snapshot.hpp"
#include "sql/action.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::plan {

/// The names of objects that statements have to do with. Of a statement whose parts are not known
/// (a function's body, DO, newer syntax) every word counts as one: too much rather than too little.
class Touched {
public:
    /// Adds a statement's names; `actions` is what sql::actions_of answers for it.
    void add(std::string_view statement, std::optional<std::vector<sql::Action>> const& actions);

    /// Whether an object of that name is among them; `on_path` says whether search_path leads to
    /// its schema.
    [[nodiscard]] bool covers(sql::Name const& object, bool on_path) const;

private:
    void add_name(sql::Name const& name);
    void add_words(std::string_view text);
    void add_action(sql::Action const& action);

    std::set<std::pair<std::string, std::string>> names_; // schema, name
    std::set<std::string, std::less<>> words_;
    bool any_schema_ = false; // a statement changes search_path
};

/// Parses a statement, unless it is longer than a megabyte, and adds its names; returns what it does.
std::optional<std::vector<sql::Action>> add_statement(Touched& touched, std::string_view statement);

/// The SHA-256 of the present definition of each object that is touched, part by part:
/// `column public.users.email` -> digest. All parts of a touched table are told; an object that
/// does not exist is not. Reads only; the search_path is the session's.
std::map<std::string, std::string>
definitions_of(pg::Connection& connection, Touched const& touched);

/// The same for these statements: equal for two moments between which nothing of it changed.
std::map<std::string, std::string>
touched_objects(pg::Connection& connection, std::span<std::string_view const> statements);

} // namespace slipway::plan
