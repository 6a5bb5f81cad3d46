// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// Keys as slipway.links_row has them: texts whose order, byte by byte, is that of the keys, so that
/// an index of the ledger serves a range of the source. `type` is Tables::key_type.
namespace slipway::links_migrate {

/// SQL for the ledger's text of a key.
std::string ledger_key(std::string_view key, std::string_view type);

/// SQL for the key of a ledger's text.
std::string key_of_ledger(std::string_view text, std::string_view type);

} // namespace slipway::links_migrate
