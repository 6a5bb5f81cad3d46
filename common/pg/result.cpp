// SPDX-License-Identifier: Apache-2.0
#include "pg/result.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

#include <charconv>

#include <libpq-fe.h>

namespace slipway::pg {

namespace {

constexpr std::size_t shown_query = 200;

Error misread(std::string_view query, std::string const& what) {
    return Error{ErrorKind::internal, "query answered otherwise than expected: " + what}.with_hint(
        "The query was: " + std::string{query});
}

template <class Number>
void convert_number(std::string_view text, std::string_view query, Number& out) {
    auto const end = text.data() + text.size();
    auto const parsed = std::from_chars(text.data(), end, out);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        throw misread(query, "'" + text::shorten(text, 60) + "' is not a number of its type");
    }
}

std::string wanted(std::size_t least, std::size_t most) {
    return least == most ? text::counted(least, "row") : "at most " + text::counted(most, "row");
}

} // namespace

namespace detail {

void convert(std::string_view text, std::string_view /*query*/, std::string& out) {
    out = text;
}

void convert(std::string_view text, std::string_view query, std::int32_t& out) {
    convert_number(text, query, out);
}

void convert(std::string_view text, std::string_view query, std::int64_t& out) {
    convert_number(text, query, out);
}

void convert(std::string_view text, std::string_view query, double& out) {
    convert_number(text, query, out);
}

void convert(std::string_view text, std::string_view query, bool& out) {
    if (text != "t" && text != "f") {
        throw misread(query, "'" + text::shorten(text, 60) + "' is not a boolean");
    }
    out = text == "t";
}

} // namespace detail

Result::Result(std::shared_ptr<pg_result const> raw, std::string_view query)
    : raw_(std::move(raw)), query_(text::shorten(text::trim(query), shown_query)) {}

std::size_t Result::rows() const {
    return static_cast<std::size_t>(PQntuples(raw_.get()));
}

std::size_t Result::columns() const {
    return static_cast<std::size_t>(PQnfields(raw_.get()));
}

std::string Result::column_name(std::size_t column) const {
    if (column >= columns()) {
        throw misread(query_, "there is no column " + std::to_string(column));
    }
    return PQfname(raw_.get(), static_cast<int>(column));
}

std::size_t Result::index_of(std::string_view name) const {
    // PQfnumber folds case as SQL does; a name is meant as it is written here.
    for (std::size_t i = 0; i < columns(); ++i) {
        if (name == PQfname(raw_.get(), static_cast<int>(i))) {
            return i;
        }
    }
    throw misread(query_, "there is no column '" + std::string{name} + "'");
}

void Result::require_cell(std::size_t row, std::size_t column) const {
    if (row >= rows() || column >= columns()) {
        throw misread(
            query_,
            "there is no cell at row " + std::to_string(row) + ", column " +
                std::to_string(column) + " of " + text::counted(rows(), "row") + " with " +
                text::counted(columns(), "column"));
    }
}

bool Result::is_null(std::size_t row, std::size_t column) const {
    require_cell(row, column);
    return PQgetisnull(raw_.get(), static_cast<int>(row), static_cast<int>(column)) != 0;
}

std::string_view Result::text(std::size_t row, std::size_t column) const {
    require_cell(row, column);
    int const r = static_cast<int>(row);
    int const c = static_cast<int>(column);
    return {PQgetvalue(raw_.get(), r, c), static_cast<std::size_t>(PQgetlength(raw_.get(), r, c))};
}

std::string_view Result::value_text(std::size_t row, std::size_t column) const {
    if (is_null(row, column)) {
        throw misread(query_, "column '" + column_name(column) + "' is null");
    }
    return text(row, column);
}

void Result::require_shape(
    std::size_t least_rows,
    std::size_t most_rows,
    std::size_t wanted_columns) const {
    bool const right_columns = wanted_columns == 0 || columns() == wanted_columns;
    if (rows() < least_rows || rows() > most_rows || !right_columns) {
        std::string what = "wanted " + wanted(least_rows, most_rows);
        if (wanted_columns != 0) {
            what += " with " + text::counted(wanted_columns, "column");
        }
        throw misread(
            query_,
            what + ", got " + text::counted(rows(), "row") + " with " +
                text::counted(columns(), "column"));
    }
}

std::int64_t Result::affected() const {
    // PQcmdTuples takes a pointer to non-const, but only reads.
    auto* const raw = const_cast<pg_result*>(raw_.get()); // NOLINT(*-const-cast)
    std::string_view const count = PQcmdTuples(raw);
    std::int64_t out = 0;
    std::from_chars(count.data(), count.data() + count.size(), out);
    return out;
}

std::string Result::command_tag() const {
    auto* const raw = const_cast<pg_result*>(raw_.get()); // NOLINT(*-const-cast)
    return PQcmdStatus(raw);
}

Result::Row Result::one_row() const {
    require_shape(1, 1, 0);
    return {*this, 0};
}

void Result::no_rows() const {
    require_shape(0, 0, 0);
}

Result::Row Result::operator[](std::size_t row) const {
    if (row >= rows()) {
        throw misread(query_, "there is no row " + std::to_string(row));
    }
    return {*this, row};
}

} // namespace slipway::pg
