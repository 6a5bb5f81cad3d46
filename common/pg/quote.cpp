// SPDX-License-Identifier: Apache-2.0
#include "pg/quote.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

namespace slipway::pg {

namespace {

void refuse_zero_byte(std::string_view value) {
    if (value.find('\0') != std::string_view::npos) {
        throw Error{ErrorKind::usage, "a name or value for PostgreSQL cannot hold a zero byte"};
    }
}

} // namespace

std::string quote_identifier(std::string_view name) {
    refuse_zero_byte(name);
    if (name.empty()) {
        throw Error{ErrorKind::usage, "a PostgreSQL identifier cannot be empty"};
    }
    return "\"" + text::replace_all(name, "\"", "\"\"") + "\"";
}

std::string quote_literal(std::string_view value) {
    refuse_zero_byte(value);
    std::string const doubled = text::replace_all(value, "'", "''");
    if (value.find('\\') == std::string_view::npos) {
        return "'" + doubled + "'";
    }
    // E'' reads backslashes the same way whatever standard_conforming_strings says; the space
    // keeps the E from joining a word before it (as PQescapeLiteral does).
    return " E'" + text::replace_all(doubled, "\\", "\\\\") + "'";
}

std::string qualified(std::string_view schema, std::string_view name) {
    return schema.empty() ? quote_identifier(name)
                          : quote_identifier(schema) + "." + quote_identifier(name);
}

} // namespace slipway::pg
