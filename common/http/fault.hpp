// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "http/url.hpp"
#include "time/clock.hpp"

#include <string>

namespace slipway::http {

/// What libcurl tells of a transfer that failed.
struct Fault {
    int code = 0;
    long verify_result = 0;
    long system_error = 0;
    bool connected = false;
    std::string details;
    time::Milliseconds timeout{0};
};

/// The error for it: which host and port, and what to do.
Error error_of(Fault const& fault, Url const& url);

/// What is wrong with a certificate, by OpenSSL's verification result; empty where nothing is.
std::string certificate_fault(long verify_result);

} // namespace slipway::http
