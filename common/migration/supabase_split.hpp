// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: statements as the Supabase CLI writes them into its history.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::migration {

/// The statements of a migration where the Supabase CLI would cut them: comments and white space
/// stay with the statement that follows, semicolons at its end and the blanks around it go.
std::vector<std::string> supabase_statements(std::string_view content);

} // namespace slipway::migration
