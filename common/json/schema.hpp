// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::json {

/// One violation: where in the document (JSON pointer) and what is wrong there.
struct Violation {
    std::string pointer;
    std::string message;
};

/// A JSON Schema of draft 7 (json-schema.org/draft-07); move-only.
///
/// A schema that names another draft or a keyword that draft 7 does not know is a usage error,
/// not a green check.
class Schema {
public:
    Schema(Value const& schema, std::string_view name);
    Schema(Schema&& other) noexcept;
    Schema& operator=(Schema&& other) noexcept;
    Schema(Schema const&) = delete;
    Schema& operator=(Schema const&) = delete;
    ~Schema();

    /// All violations; empty where the document conforms. A text of more than 2000 characters
    /// conforms to no pattern and no format: they are not matched against longer ones.
    [[nodiscard]] std::vector<Violation> check(Value const& document) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace slipway::json
