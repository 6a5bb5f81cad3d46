// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::pg {

/// Inside the room: a connection URI taken apart as far as libpq does not.
struct UriParts {
    std::string for_libpq; // the URI without the parameters that libpq does not know
    std::vector<std::pair<std::string, std::string>> foreign; // those, decoded
    std::vector<std::string> secrets;                         // raw spellings of passwords
    std::string unknown_key; // a parameter that nobody knows and that may be shown, or empty
};

/// Whether the text is a URI that libpq reads; throws usage for URIs of other kinds.
bool is_connection_uri(std::string_view text);

/// Takes known foreign parameters (Prisma's) out of a URI and finds its raw secrets.
UriParts take_apart(std::string_view uri);

/// The closest parameter of libpq or of other clients that we know, or empty.
std::string nearest_parameter(std::string_view key);

/// Whether libpq treats the value of this parameter as a secret.
bool is_secret_parameter(std::string_view key);

} // namespace slipway::pg
