// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/authorities.hpp"
#include "http/message.hpp"
#include "http/url.hpp"
#include "time/deadline.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace slipway::http {

/// What the transfers of one client share.
struct Shared {
    /// Looked for once, at the first https request.
    std::optional<Authorities> authorities;
    /// By origin: libcurl tells a certificate only for the request that opened the connection.
    std::map<std::string, Tls> certificates;
};

/// One request on its way, redirects included.
class Transfer {
public:
    /// Throws usage where the request is malformed.
    Transfer(Request request, time::Deadline deadline, Shared& shared);
    Transfer(Transfer const&) = delete;
    Transfer& operator=(Transfer const&) = delete;
    Transfer(Transfer&&) = delete;
    Transfer& operator=(Transfer&&) = delete;
    ~Transfer();

    /// libcurl's easy handle.
    [[nodiscard]] void* handle() const;

    /// Takes libcurl's result code; nothing where a redirect is to be followed, and the handle to
    /// be started again.
    std::optional<Outcome> finish(int code);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace slipway::http
