// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: types as statements and the server write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::lint {

/// A type taken apart.
struct TypeName {
    std::string name;        // in its shortest spelling, in lower case: `varchar`, `timestamptz`
    std::vector<int> limits; // what stands in its brackets
    bool array = false;
};

TypeName read_type(std::string_view written);

/// Whether a column can become of the other type without a look at its rows: the server then
/// changes the catalog alone.
bool changes_catalog_alone(TypeName const& before, TypeName const& after);

} // namespace slipway::lint
