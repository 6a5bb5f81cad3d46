// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace slipway::links_migrate {

/// Where every item went.
struct Tally {
    std::int64_t rows = 0;  // of the source
    std::int64_t items = 0; // values that hold something
    std::int64_t inserted = 0;
    std::int64_t present = 0; // of these a unique constraint's, where there is one: conflicts
    std::int64_t duplicates = 0;
    std::int64_t rejected = 0;
    std::int64_t blank = 0; // null, empty texts, {}, []: no items
    std::int64_t labels_cut = 0;
    std::int64_t conflicts = 0;
    std::map<std::string, std::int64_t> reasons; // of the rejected

    void add(Tally const& other);

    /// Whether every item is counted once.
    [[nodiscard]] bool adds_up() const {
        return items == inserted + present + duplicates + rejected;
    }
};

json::Value to_json(Tally const& tally);
Tally tally_from(json::Value const& value);

/// An item that was not taken; its value is cleaned of secrets.
struct Reject {
    std::string key;
    std::string path; // JSON pointer
    std::string reason;
    std::string value;
};

json::Value to_json(Reject const& reject);

/// An item as an example of its class.
struct Sample {
    std::string kind; // insert, present, duplicate, missing, …
    std::string detail;
    std::int64_t position = 0;
    std::string key;
    std::string path;
    std::string value;
};

/// `text` without what stands before an `@` behind a colon, and without the values of a query or
/// fragment, in every word of it; at most 300 bytes.
std::string without_secrets(std::string_view text);

} // namespace slipway::links_migrate
