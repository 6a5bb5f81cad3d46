// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "http/message.hpp"
#include "secret/redactor.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::smoke_http {

/// What was said in a run, for an HTTP archive. Bodies are kept up to 256 KiB each and 32 MiB
/// together; the archive shows 64 KiB of each.
class Exchanges {
public:
    /// Nothing is kept until this is called.
    void keep_all() { kept_ = true; }
    [[nodiscard]] bool kept() const { return kept_; }

    void
    add(std::string const& step,
        http::Request const& request,
        http::Outcome const& outcome,
        time::Instant started);

    /// Writes an HTTP archive (HAR 1.2) without secrets: credentials and cookies are masked by
    /// their place, all others by the redactor, which by now knows those that came late.
    void
    write(fs::Path const& path, std::string_view version, secret::Redactor const& redactor) const;

private:
    struct Exchange {
        std::string step;
        http::Request request;
        std::optional<http::Response> response;
        std::string error;
        time::Instant started{};
        std::uint64_t response_bytes = 0;
    };

    bool kept_ = false;
    std::uint64_t room_ = std::uint64_t{32} << 20U;
    std::vector<Exchange> all_;
};

} // namespace slipway::smoke_http
