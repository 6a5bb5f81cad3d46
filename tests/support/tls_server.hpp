// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/temp_folder.hpp"

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace slipway::support {

/// A key and a self-signed certificate in PEM files, made by openssl for a name.
class Certificate {
public:
    /// Valid for `days`; none: it has just expired.
    explicit Certificate(std::string const& name, int days = 30);

    [[nodiscard]] std::string file() const { return (folder_.path() / "cert.pem").string(); }
    [[nodiscard]] std::string key() const { return (folder_.path() / "key.pem").string(); }

private:
    fs::TempFolder folder_{"slipway-tls-"};
};

/// openssl's own server on 127.0.0.1 with a certificate made for it.
class TlsServer {
public:
    explicit TlsServer(std::string const& name, int days = 30);
    TlsServer(TlsServer const&) = delete;
    TlsServer& operator=(TlsServer const&) = delete;
    TlsServer(TlsServer&&) = delete;
    TlsServer& operator=(TlsServer&&) = delete;
    ~TlsServer();

    [[nodiscard]] std::string certificate() const { return certificate_.file(); }
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    Certificate certificate_;
    std::uint16_t port_;
    pid_t child_ = 0;
};

} // namespace slipway::support
