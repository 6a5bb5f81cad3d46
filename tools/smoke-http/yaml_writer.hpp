// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <string>

namespace slipway::smoke_http {

/// The value as YAML that reads back as that very value: block style, small maps and lists on one
/// line, texts of several lines as they are.
std::string write_yaml(json::Value const& value);

} // namespace slipway::smoke_http
