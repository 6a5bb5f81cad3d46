// SPDX-License-Identifier: Apache-2.0
#include "http/authorities.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"

#include <array>

#include <unistd.h>

namespace slipway::http {

namespace {

// As Go's crypto/x509 looks for them.
constexpr std::array files{
    "/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
    "/etc/ssl/ca-bundle.pem",                            // openSUSE
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7 and later, Amazon Linux
    "/etc/ssl/cert.pem",                                 // Alpine, macOS
};

bool readable(std::string const& path) {
    return ::access(path.c_str(), R_OK) == 0;
}

std::string from_variable(std::string const& name) {
    auto const value = ci::variable(name);
    if (value && !readable(*value)) {
        throw Error{
            ErrorKind::usage,
            name + " names " + *value + ", which cannot be read",
            "Unset it, or let it name the certificates of the authorities to trust."};
    }
    return value.value_or("");
}

} // namespace

Authorities find_authorities() {
    Authorities found{from_variable("SSL_CERT_FILE"), from_variable("SSL_CERT_DIR")};
    if (found.file.empty() && found.folder.empty()) {
        found.file = from_variable("CURL_CA_BUNDLE");
    }
    if (found.file.empty() && found.folder.empty()) {
        for (auto const* path : files) {
            if (readable(path)) {
                found.file = path;
                break;
            }
        }
    }
    return found;
}

} // namespace slipway::http
