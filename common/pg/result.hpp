// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/cell.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct pg_result;

namespace slipway::pg {

class Result;

/// What a statement answered, in memory; copies share it. Columns count from 0. Asking for what
/// is not there (a wrong column, null as a value, text as a number) is an internal error that
/// names the query.
class Result {
public:
    class Row;
    class Iterator;

    Result(std::shared_ptr<pg_result const> raw, std::string_view query);

    [[nodiscard]] std::size_t rows() const;
    [[nodiscard]] std::size_t columns() const;
    [[nodiscard]] bool empty() const { return rows() == 0; }
    [[nodiscard]] std::string column_name(std::size_t column) const;

    /// The column of that name.
    [[nodiscard]] std::size_t index_of(std::string_view name) const;

    [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const;

    /// The cell as the server spelt it, empty for null; lives as long as any copy of the result.
    [[nodiscard]] std::string_view text(std::size_t row, std::size_t column) const;

    /// The cell as std::string, std::int64_t, std::int32_t, double, bool, or std::optional of one.
    template <class T>
    [[nodiscard]] T get(std::size_t row, std::size_t column) const {
        if constexpr (detail::IsOptional<T>::value) {
            if (is_null(row, column)) {
                return std::nullopt;
            }
            return get<typename T::value_type>(row, column);
        } else {
            T out{};
            detail::convert(value_text(row, column), query_, out);
            return out;
        }
    }

    /// Rows that the statement inserted, updated, deleted, selected or copied.
    [[nodiscard]] std::int64_t affected() const;

    /// The server's word for what it did: `INSERT 0 1`, `CREATE TABLE`, `ROLLBACK`.
    [[nodiscard]] std::string command_tag() const;

    /// The only row.
    [[nodiscard]] Row one_row() const;

    /// Requires that there is no row.
    void no_rows() const;

    /// The only cell.
    template <class T>
    [[nodiscard]] T one_value() const {
        require_shape(1, 1, 1);
        return get<T>(0, 0);
    }

    /// The only cell, or nothing where there is no row or it is null.
    template <class T>
    [[nodiscard]] std::optional<T> optional_value() const {
        require_shape(0, 1, 1);
        return empty() ? std::nullopt : get<std::optional<T>>(0, 0);
    }

    [[nodiscard]] Row operator[](std::size_t row) const;
    [[nodiscard]] Iterator begin() const;
    [[nodiscard]] Iterator end() const;

private:
    [[nodiscard]] std::string_view value_text(std::size_t row, std::size_t column) const;
    void require_shape(std::size_t least_rows, std::size_t most_rows, std::size_t columns) const;
    void require_cell(std::size_t row, std::size_t column) const;

    std::shared_ptr<pg_result const> raw_;
    std::string query_; // shortened
};

/// One row; shares the result that it is of.
class Result::Row {
public:
    Row(Result result, std::size_t row) : result_(std::move(result)), row_(row) {}

    template <class T>
    [[nodiscard]] T get(std::size_t column) const {
        return result_.get<T>(row_, column);
    }
    template <class T>
    [[nodiscard]] T get(std::string_view column) const {
        return result_.get<T>(row_, result_.index_of(column));
    }
    [[nodiscard]] bool is_null(std::size_t column) const { return result_.is_null(row_, column); }
    [[nodiscard]] std::string_view text(std::size_t column) const {
        return result_.text(row_, column);
    }
    [[nodiscard]] std::size_t columns() const { return result_.columns(); }

private:
    Result result_;
    std::size_t row_;
};

/// Goes through the rows of a result that outlives it.
class Result::Iterator {
public:
    Iterator(Result const& result, std::size_t row) : result_(&result), row_(row) {}
    Row operator*() const { return (*result_)[row_]; }
    Iterator& operator++() {
        ++row_;
        return *this;
    }
    bool operator==(Iterator const& other) const { return row_ == other.row_; }

private:
    Result const* result_;
    std::size_t row_;
};

inline Result::Iterator Result::begin() const {
    return {*this, 0};
}
inline Result::Iterator Result::end() const {
    return {*this, rows()};
}

} // namespace slipway::pg
