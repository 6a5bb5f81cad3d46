// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace slipway::support {

/// What one JSON value of orders.items becomes by docs/examples/links/order-items.yaml, told
/// plainly: the rules of docs/tools/links-migrate.md once more, for an order of currency eur.
struct OrderedItems {
    std::vector<std::string> rows; // `line|sku|quantity|price|gift|state|currency`, by line
    std::map<std::string, std::int64_t> reasons;
    std::int64_t blank = 0;
};

OrderedItems ordered_items(nlohmann::ordered_json const& value);

} // namespace slipway::support
