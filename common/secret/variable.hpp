// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/redactor.hpp"

#include <string_view>

namespace slipway::secret {

/// Whether an environment variable of that name holds a secret as far as its name tells:
/// `…_PASSWORD`, `…_TOKEN`, `DATABASE_URL`, ….
bool sounds_secret(std::string_view name);

/// Learns what a program may print of a variable that it sees: the value where the name sounds
/// secret, and the password inside an address that it holds.
void learn_variable(std::string_view name, std::string_view value, Redactor& redactor);

/// As above, of an entry `NAME=value` of an environment.
void learn_entry(std::string_view entry, Redactor& redactor);

} // namespace slipway::secret
