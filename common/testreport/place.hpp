// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"

#include <string_view>

namespace slipway::testreport {

/// The first place of the project's own code that a failure's text names, as Boost.Test
/// (`- file   : a.cpp`), pytest (`a.py:3: AssertionError`) and the stacks of JavaScript
/// (`(file:///x/a.mjs:3:7)`) write it; unknown where there is none.
Where place_in(std::string_view details);

} // namespace slipway::testreport
