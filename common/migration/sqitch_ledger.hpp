// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: the registry of sqitch.
#pragma once

#include "migration/history.hpp"

#include <memory>
#include <string_view>

namespace slipway::migration {

/// The registry in the schema `sqitch`, of the folder's project alone where it has one.
std::unique_ptr<Ledger> sqitch_ledger(Folder const& folder, pg::ConnInfo const& target);

/// The statements that make a registry of version 1.1.
extern std::string_view const sqitch_registry;

} // namespace slipway::migration
