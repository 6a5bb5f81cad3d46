// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <set>
#include <string>

namespace slipway::smoke_http {

/// Schemas of OpenAPI 3.0 and 3.1 as JSON Schema of draft 7, with all that they refer to in one
/// map of `definitions`.
class OpenApiSchemas {
public:
    OpenApiSchemas(json::Value const& root, bool version_3_0)
        : root_(root), version_3_0_(version_3_0) {}

    /// The schema converted; throws usage where it cannot be said in draft 7, or refers to what is
    /// not in the document.
    json::Value convert(json::Value const& schema);

    /// What the converted schemas refer to.
    [[nodiscard]] json::Value const& definitions() const { return *definitions_; }

private:
    json::Value convert_keywords(json::Value const& schema);
    json::Value reference(std::string const& pointer);
    void put(json::Value& out, std::string const& word, json::Value const& value);

    json::Value const& root_;
    bool version_3_0_;
    json::Box definitions_;
    std::set<std::string> begun_;
};

} // namespace slipway::smoke_http
