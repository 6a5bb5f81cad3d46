// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cookies.hpp"
#include "http/client.hpp"
#include "pg/connection.hpp"
#include "probe/http_expectation.hpp"
#include "suite.hpp"
#include "tool/context.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::smoke_http {

/// What the steps of one run share.
struct World {
    Suite const& suite;
    tool::Context& context;
    json::Box variables;
    Cookies cookies;
    std::unique_ptr<http::Client> client;
    time::Deadline deadline = time::Deadline::never();
    std::optional<pg::Connection> connection;
    std::optional<Error> no_connection; // why there is none
    std::set<std::string> given_up;     // origins that are not asked again
};

/// How one try of a step went.
struct Attempt {
    std::vector<probe::Fault> faults; // empty: passed
    std::string hint;
    bool answered = false;          // the other side said something
    bool not_tried = false;         // since that origin was given up
    std::optional<Error> unreached; // why it did not
    std::string origin;             // whom it asked: `http://host:port`, `database`
    std::string path;               // as it was sent
    int status = 0;                 // of HTTP; 0 where there is none
    std::optional<double> latency_ms;
    std::optional<time::Milliseconds> retry_after; // as the server asks
};

/// Tries a step once, by its kind; captures go into the world's variables. Throws where a stop
/// was requested; all else is an attempt that failed.
Attempt attempt(Step const& step, World& world);

/// By kind, in a file each.
Attempt attempt_http(Step const& step, World& world);
Attempt attempt_burst(Step const& step, World& world);
Attempt attempt_sql(Step const& step, World& world);
Attempt attempt_explain(Step const& step, World& world);

/// A request as it is to be sent; `path` is told what of it a reader knows.
http::Request request_of(Step const& step, World const& world, Attempt& told);

/// Notes an error of HTTP as an answer that is missing or wrong.
void note_error(Attempt& attempt, Error const& error);

/// An expectation with the variables' values in it.
probe::Rule rule_of(Wanted const& wanted, json::Value const& variables);
std::vector<probe::Rule> rules_of(std::vector<Wanted> const& wanted, json::Value const& variables);

/// Evaluates the captures of an answer into the variables; a missing value is a fault.
std::vector<probe::Fault>
capture(Step const& step, json::Value const& document, http::Headers const& headers, World& world);

} // namespace slipway::smoke_http
