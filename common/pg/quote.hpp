// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace slipway::pg {

/// `"name"`: an identifier quoted for SQL, always with quotes; throws usage where it holds a zero
/// byte or is empty.
std::string quote_identifier(std::string_view name);

/// `'value'`: a literal quoted for SQL, right with either value of standard_conforming_strings.
std::string quote_literal(std::string_view value);

/// `"schema"."name"`; only the name where the schema is empty.
std::string qualified(std::string_view schema, std::string_view name);

} // namespace slipway::pg
