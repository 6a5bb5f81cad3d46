// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "secret/redactor.hpp"

#include <string>
#include <string_view>

namespace slipway::probe {

/// Whether a name says that its value is a secret: it holds token, password, secret, … in any
/// case.
bool is_sensitive_name(std::string_view name);

/// Tells the redactor the texts under members whose names end like a secret's (`accessToken`,
/// `client_secret`), so that an answer can be quoted; `tokenType` is none of them.
void teach_sensitive(json::Value const& document, secret::Redactor& redactor);

/// Tells the redactor the password of a URL such as `https://user:password@host`.
void teach_credentials(std::string const& url, secret::Redactor& redactor);

} // namespace slipway::probe
