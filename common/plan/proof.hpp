// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace slipway::plan {

/// Whether a CHECK of this expression lets no null into the column, as the server would prove it:
/// `column IS NOT NULL`, alone or as one of several terms of AND. Spares SET NOT NULL its scan.
bool implies_not_null(std::string_view expression, std::string_view column);

} // namespace slipway::plan
