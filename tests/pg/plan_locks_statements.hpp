// SPDX-License-Identifier: Apache-2.0
// The tables and the statements of plan_locks_test.
#pragma once

#include <string_view>

namespace plan_locks {

extern std::string_view const schema;
extern std::string_view const statements; // one a line

} // namespace plan_locks
