// SPDX-License-Identifier: Apache-2.0
// API: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
#include "cloudwatch_logs.hpp"

#include "hash/digest.hpp"
#include "http/url.hpp"
#include "json/value.hpp"
#include "retry/retry.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

constexpr std::string_view target = "Logs_20140328.FilterLogEvents";
constexpr retry::Policy cloudwatch_policy{
    8,
    time::Milliseconds{200},
    time::Milliseconds{2000},
    0.5};
constexpr std::uint64_t most_of_page = std::uint64_t{16} << 20U; // a page is at most 1 MB of events
constexpr std::size_t longest_answer_told = 300;

struct Cause {
    std::string_view type;
    ErrorKind kind;
    std::string_view hint;
};

constexpr std::array<Cause, 8> cloudwatch_causes{{
    {"ThrottlingException",
     ErrorKind::unavailable,
     "Sample less often, or ask for a higher quota."},
    {"ServiceUnavailableException", ErrorKind::unavailable, ""},
    {"InternalFailure", ErrorKind::unavailable, ""},
    {"ResourceNotFoundException",
     ErrorKind::usage,
     "Mend the name of the log group, or the region."},
    {"AccessDeniedException", ErrorKind::usage, "The key needs logs:FilterLogEvents on the group."},
    {"UnrecognizedClientException", ErrorKind::usage, "See AWS_ACCESS_KEY_ID."},
    {"InvalidSignatureException", ErrorKind::usage, "See AWS_SECRET_ACCESS_KEY and the clock."},
    {"InvalidParameterException", ErrorKind::usage, "See the filter pattern."},
}};

// `com.amazonaws.logs#ThrottlingException`, or without its place.
std::string type_of(json::Value const& body) {
    auto type = json::text_at(body, "__type");
    return type.substr(type.find('#') == std::string::npos ? 0 : type.find('#') + 1);
}

json::Value body_of(std::string const& text) {
    try {
        return json::parse(text, "the answer of CloudWatch Logs");
    } catch (Error const&) {
        return {};
    }
}

// A refusal, and whether new credentials may help.
struct Refused {
    Error error;
    bool is_expired = false;
};

Refused refused(http::Response const& response) {
    auto const body = body_of(response.body);
    auto const type = type_of(body);
    bool const failing = response.status == 429 || response.status >= 500;
    auto kind = failing ? ErrorKind::unavailable : ErrorKind::usage;
    std::string hint;
    for (auto const& cause : cloudwatch_causes) {
        if (cause.type == type) {
            kind = cause.kind;
            hint = cause.hint;
        }
    }
    auto const message = json::text_at(body, "message", json::text_at(body, "Message"));
    return {
        {kind,
         fmt::format(
             "CloudWatch Logs answers {}{}{}",
             response.status,
             type.empty() ? "" : " " + type,
             message.empty()
                 ? ""
                 : ": " + text::shorten(text::printable_line(message), longest_answer_told)),
         hint},
        type == "ExpiredTokenException"};
}

std::string host_of(std::string const& endpoint) {
    auto out = endpoint.substr(endpoint.find("://") + 3);
    std::string_view const usual = endpoint.starts_with("https:") ? ":443" : ":80";
    if (out.ends_with(usual)) {
        out.resize(out.size() - usual.size());
    }
    return out;
}

} // namespace

CloudWatchLogs::CloudWatchLogs(
    std::string endpoint,
    std::string region,
    aws::Surroundings surroundings,
    time::Clock& clock,
    std::stop_token stop)
    : endpoint_(std::move(endpoint)), region_(std::move(region)), clock_(clock), stop_(stop),
      credentials_(std::move(surroundings), clock, stop), client_({1, stop}) {
    if (endpoint_.empty()) {
        endpoint_ = fmt::format(
            "https://logs.{}.amazonaws.com{}", region_, region_.starts_with("cn-") ? ".cn" : "");
    }
    while (endpoint_.ends_with('/')) {
        endpoint_.pop_back();
    }
    auto const url = http::Url::parse(endpoint_);
    if (url.has_credentials() || !url.query().empty() ||
        (url.path() != "/" && !url.path().empty())) {
        throw Error{
            ErrorKind::usage,
            "the endpoint for CloudWatch Logs is more than scheme, host and port: " +
                url.redacted()};
    }
}

http::Request CloudWatchLogs::request_of(std::string const& body, time::Deadline deadline) {
    auto const& credentials = credentials_.current(deadline);
    auto const at = clock_.now();
    aws::Signable signable;
    signable.method = "POST";
    signable.path = "/";
    signable.headers.add("host", host_of(endpoint_));
    signable.headers.add("content-type", "application/x-amz-json-1.1");
    signable.headers.add("x-amz-date", aws::amz_date(at));
    signable.headers.add("x-amz-target", std::string{target});
    if (!credentials.session_token.empty()) {
        signable.headers.add("x-amz-security-token", credentials.session_token.reveal());
    }
    signable.payload_sha256 = hash::sha256_hex(body);
    auto const signature = aws::sign(signable, credentials, {region_, "logs"}, at);
    http::Request out;
    out.method = "POST";
    out.url = endpoint_ + "/";
    out.headers = signable.headers;
    out.headers.add("authorization", signature.authorization);
    out.body = body;
    out.timeout = deadline.remaining();
    out.max_body = most_of_page;
    out.version = http::Version::http1;
    return out;
}

CloudWatchPage CloudWatchLogs::ask(std::string const& body, time::Deadline deadline) {
    auto outcome = client_.fetch(request_of(body, deadline), deadline);
    auto const& response = http::response_of(outcome);
    if (response.status != 200) {
        auto const answer = refused(response);
        if (answer.is_expired) {
            credentials_.forget();
            throw Error{ErrorKind::unavailable, answer.error.message(), answer.error.hint()};
        }
        throw Error{answer.error};
    }
    auto const page = body_of(response.body);
    auto const& events = json::at(page, "events");
    if (!page.is_object() || (!events.is_null() && !events.is_array())) {
        throw Error{ErrorKind::unavailable, "the answer is none of CloudWatch Logs"};
    }
    CloudWatchPage out;
    out.next_token = json::text_at(page, "nextToken");
    for (auto const& each : events) {
        auto const& timestamp = json::at(each, "timestamp");
        out.events.push_back(
            {json::text_at(each, "eventId"),
             json::text_at(each, "logStreamName"),
             timestamp.is_number_integer() ? timestamp.get<std::int64_t>() : 0,
             json::text_at(each, "message")});
    }
    return out;
}

CloudWatchPage CloudWatchLogs::filter(CloudWatchQuery const& query, time::Deadline deadline) {
    json::Value asked{{"logGroupName", query.group}, {"startTime", query.start}, {"limit", 10000}};
    for (auto const& [key, value] :
         {std::pair{"logStreamNamePrefix", query.stream_prefix},
          {"filterPattern", query.filter},
          {"nextToken", query.next_token}}) {
        if (!value.empty()) {
            asked[key] = value;
        }
    }
    auto const body = json::write(asked);
    return retry::run(
        cloudwatch_policy, retry::Patience{clock_, deadline, stop_}, retry::unavailable, [&] {
            return ask(body, deadline);
        });
}

} // namespace slipway::monitor
