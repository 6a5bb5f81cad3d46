// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.hpp"
#include "time/deadline.hpp"

#include <memory>
#include <stop_token>
#include <vector>

namespace slipway::http {

struct Options {
    /// How many requests run at a time.
    std::size_t parallel = 8;
    /// Ends all requests promptly.
    std::stop_token stop;
};

/// Sends requests over connections that it keeps; one thread at a time.
///
/// Only http and https are spoken, also after redirects; Authorization, Cookie and basic
/// credentials are not sent to another origin than that of the request.
class Client {
public:
    explicit Client(Options options);
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;
    ~Client();

    /// One exchange, until the request's timeout or the deadline, whichever is sooner.
    Outcome fetch(Request request, time::Deadline deadline);

    /// All of them, at most `parallel` at a time; the outcomes in the order of the requests.
    std::vector<Outcome> fetch_all(std::vector<Request> requests, time::Deadline deadline);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace slipway::http
