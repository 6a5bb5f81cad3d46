// SPDX-License-Identifier: Apache-2.0
#include "lint/volatility.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace slipway::lint {

namespace {

// What defaults call, sorted. The time of the transaction is the same for all rows.
constexpr std::array<std::string_view, 70> steady{
    "abs",
    "array_append",
    "array_cat",
    "array_fill",
    "array_length",
    "array_prepend",
    "array_to_json",
    "array_to_string",
    "btrim",
    "ceil",
    "char_length",
    "concat",
    "concat_ws",
    "current_catalog",
    "current_database",
    "current_date",
    "current_role",
    "current_schema",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "date",
    "date_part",
    "date_trunc",
    "decode",
    "encode",
    "extract",
    "floor",
    "format",
    "int4range",
    "int8range",
    "json_build_array",
    "json_build_object",
    "json_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_object",
    "left",
    "length",
    "localtime",
    "localtimestamp",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_timestamptz",
    "md5",
    "now",
    "replace",
    "right",
    "round",
    "rpad",
    "rtrim",
    "session_user",
    "split_part",
    "statement_timestamp",
    "substr",
    "substring",
    "timezone",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_timestamp",
    "transaction_timestamp",
    "tstzrange",
    "upper",
    "user",
};

} // namespace

std::optional<std::string> volatile_function(std::vector<std::string> const& functions) {
    for (auto const& function : functions) {
        if (!std::binary_search(steady.begin(), steady.end(), std::string_view{function})) {
            return function;
        }
    }
    return std::nullopt;
}

} // namespace slipway::lint
