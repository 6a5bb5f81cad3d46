// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace slipway::http {

/// Where the certificates to trust lie; both empty where none were found.
struct Authorities {
    std::string file;
    std::string folder;
};

/// Looks where others look: SSL_CERT_FILE, SSL_CERT_DIR, CURL_CA_BUNDLE, then the places of the
/// distributions. Throws usage where a variable names what cannot be read.
Authorities find_authorities();

} // namespace slipway::http
