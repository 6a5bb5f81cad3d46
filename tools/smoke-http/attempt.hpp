// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "probe/http_expectation.hpp"
#include "suite.hpp"
#include "world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::smoke_http {

/// How one try of a step went.
struct Attempt {
    std::vector<probe::Fault> faults; // empty: passed
    std::string hint;
    bool answered = false;          // the other side said something
    bool not_tried = false;         // since that origin was given up
    bool pending = false;           // of a poll: not as it has to become
    bool final = false;             // stop_if: not to be tried again
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
http::Request request_of(Step const& step, World& world, Attempt& told);

/// The access token of the step's client credentials, asked for once a run; throws failed where
/// the authorization server gives none.
std::string access_token(ClientCredentials const& credentials, Step const& step, World& world);

/// Signs the request, which is whole but for that, for a service of AWS; throws usage where there
/// are no credentials.
void sign_for_aws(
    http::Request& request,
    AwsSignature const& wanted,
    Step const& step,
    World& world);

/// The body of a multipart form (RFC 7578), and its content type.
std::pair<std::string, std::string>
multipart_of(std::vector<Part> const& parts, json::Value const& variables);

/// What jq of `response` sees: status, http_version, url, headers, cookies, redirects, tls, bytes,
/// sha256, md5, latency_ms, ip, text.
json::Value answer_document(http::Response const& response, bool with_text);

/// The expectations about the exchange itself.
std::vector<probe::Fault>
judge_answer(Step const& step, http::Response const& response, World& world);

/// The limits of latency, over the calls of one step.
std::vector<probe::Fault>
judge_latency(std::vector<LatencyLimit> const& limits, std::vector<double> const& took_ms);

/// Notes an error of HTTP as an answer that is missing or wrong.
void note_error(Attempt& attempt, Error const& error);

/// An expectation with the variables' values in it.
probe::Rule rule_of(Wanted const& wanted, json::Value const& variables);
std::vector<probe::Rule> rules_of(std::vector<Wanted> const& wanted, json::Value const& variables);

/// Evaluates the captures of an answer into the variables; a missing value is a fault. `response`
/// is null for rows of a database.
std::vector<probe::Fault> capture(
    Step const& step,
    json::Value const& document,
    http::Response const* response,
    World& world);

} // namespace slipway::smoke_http
