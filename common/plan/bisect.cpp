// SPDX-License-Identifier: Apache-2.0
#include "plan/bisect.hpp"

#include "pg/quote.hpp"
#include "plan/rows.hpp"

#include <fmt/format.h>

namespace slipway::plan {

namespace {

// 22: the value cannot be made; 23: a domain does not take it.
bool is_fault_of_value(std::string_view sqlstate) {
    return sqlstate.starts_with("22") || sqlstate.starts_with("23");
}

} // namespace

bool Bisect::fails(std::string const& table, std::string const& condition) {
    if (deadline_.expired()) {
        found_.complete = false;
        return false;
    }
    // Not even the limit of the statement counts after an error: each part has a savepoint.
    connection_.exec("savepoint part", {}, deadline_);
    try {
        connection_.exec(
            fmt::format(
                "select count({}) from only {} as {}{}",
                expression_,
                table,
                pg::quote_identifier(relation_.name.name),
                condition),
            {},
            deadline_);
    } catch (pg::ServerError const& error) {
        if (!is_fault_of_value(error.sqlstate())) {
            throw;
        }
        found_.error = found_.error.empty() ? error.message() : found_.error;
        connection_.exec("rollback to savepoint part; release savepoint part");
        return true;
    }
    connection_.exec("release savepoint part");
    return false;
}

void Bisect::note(std::string const& table, std::string const& place) {
    ++found_.rows;
    auto const key = rows_of(relation_).key;
    if (static_cast<std::int64_t>(found_.keys.size()) >= keys_ || key.empty()) {
        return;
    }
    found_.keys.push_back(
        connection_
            .exec(
                fmt::format("select {} from only {} where ctid = '{}'", key, table, place),
                {},
                deadline_)
            .one_value<std::string>());
}

void Bisect::places(
    std::string const& table,
    std::vector<std::string> const& rows,
    std::size_t from,
    std::size_t to) {
    if (from == to || !found_.complete) {
        return;
    }
    std::string list;
    for (std::size_t i = from; i < to; ++i) {
        list += (i == from ? "'" : ", '") + rows[i] + "'";
    }
    if (!fails(table, fmt::format(" where ctid = any (array[{}]::tid[])", list))) {
        return;
    }
    if (to - from == 1) {
        return note(table, rows[from]);
    }
    std::size_t const middle = from + (to - from) / 2;
    places(table, rows, from, middle);
    places(table, rows, middle, to);
}

void Bisect::blocks(std::string const& table, std::int64_t from, std::int64_t to) {
    auto const condition =
        fmt::format(" where ctid >= '({},0)'::tid and ctid < '({},0)'::tid", from, to);
    if (from >= to || !found_.complete || !fails(table, condition)) {
        return;
    }
    if (to - from > 1) {
        std::int64_t const middle = from + (to - from) / 2;
        blocks(table, from, middle);
        blocks(table, middle, to);
        return;
    }
    std::vector<std::string> rows;
    for (auto const row : connection_.exec(
             fmt::format("select ctid from only {}{}", table, condition), {}, deadline_)) {
        rows.push_back(row.get<std::string>(0));
    }
    std::size_t const middle = rows.size() / 2;
    places(table, rows, 0, middle);
    places(table, rows, middle, rows.size());
}

void Bisect::look_through(std::string const& table) {
    if (!fails(table, "")) {
        return;
    }
    auto const size = connection_
                          .exec(
                              "select pg_relation_size($1::regclass) /"
                              " current_setting('block_size')::bigint",
                              {table})
                          .one_value<std::int64_t>();
    std::int64_t const middle = size / 2;
    blocks(table, 0, middle);
    blocks(table, middle, size);
}

} // namespace slipway::plan
