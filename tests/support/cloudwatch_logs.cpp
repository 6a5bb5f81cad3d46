// SPDX-License-Identifier: Apache-2.0
#include "support/cloudwatch_logs.hpp"

#include "aws/sign.hpp"
#include "hash/digest.hpp"
#include "http/message.hpp"
#include "json/value.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

constexpr int malformed_status = 400;

std::pair<int, std::string> refusal(std::string const& type, std::string const& message) {
    return {malformed_status, json::write({{"__type", type}, {"message", message}})};
}

// `20260301T100000Z`.
std::optional<time::Instant> instant_of_amz(std::string const& date) {
    if (date.size() != 16) {
        return std::nullopt;
    }
    return time::from_rfc3339(fmt::format(
        "{}-{}-{}T{}:{}:{}Z",
        date.substr(0, 4),
        date.substr(4, 2),
        date.substr(6, 2),
        date.substr(9, 2),
        date.substr(11, 2),
        date.substr(13, 2)));
}

// The signer that AWS's own vectors judge, over the headers that the client says it signed.
bool is_signed(http::Headers const& headers, std::string const& body) {
    auto const authorization = headers.find("authorization").value_or("");
    auto const at = instant_of_amz(headers.find("x-amz-date").value_or(""));
    auto const begin = authorization.find("SignedHeaders=");
    if (!at || begin == std::string::npos) {
        return false;
    }
    auto const names =
        authorization.substr(begin + 14, authorization.find(',', begin) - begin - 14);
    aws::Signable signable;
    signable.method = "POST";
    signable.path = "/";
    for (auto const name : text::split(names, ';')) {
        signable.headers.add(
            std::string{name}, headers.find(name).value_or("a signed header that is not there"));
    }
    signable.payload_sha256 = hash::sha256_hex(body);
    aws::Credentials const credentials{
        CloudWatchService::key, secret::Secret{CloudWatchService::secret}, {}, {}};
    return names.find("host") != std::string::npos &&
           aws::sign(signable, credentials, {"eu-central-1", "logs"}, *at).authorization ==
               authorization;
}

} // namespace

CloudWatchService::CloudWatchService() : listener_([this](Peer& peer) { serve(peer); }) {}

std::string CloudWatchService::endpoint() const {
    auto url = listener_.url("");
    return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

void CloudWatchService::put(
    std::string const& stream,
    std::int64_t timestamp,
    std::string const& message) {
    std::scoped_lock const lock{mutex_};
    events_.push_back({fmt::format("{:056}", events_.size()), stream, timestamp, message});
    std::stable_sort(events_.begin(), events_.end(), [](Event const& a, Event const& b) {
        return a.timestamp < b.timestamp;
    });
}

void CloudWatchService::throttle(int calls) {
    std::scoped_lock const lock{mutex_};
    throttled_ = calls;
}

void CloudWatchService::expire(int calls) {
    std::scoped_lock const lock{mutex_};
    expired_ = calls;
}

void CloudWatchService::hang(bool on) {
    std::scoped_lock const lock{mutex_};
    hangs_ = on;
}

int CloudWatchService::calls() const {
    std::scoped_lock const lock{mutex_};
    return calls_;
}

int CloudWatchService::refused_signatures() const {
    std::scoped_lock const lock{mutex_};
    return refused_;
}

void CloudWatchService::serve(Peer& peer) {
    for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
        bool hangs = false;
        {
            std::scoped_lock const lock{mutex_};
            ++calls_;
            hangs = hangs_;
        }
        if (hangs) {
            peer.wait_for_end();
            return;
        }
        auto const [status, body] = answer(request);
        if (!peer.answer(status, body, "content-type: application/x-amz-json-1.1\r\n")) {
            return;
        }
    }
}

std::pair<int, std::string> CloudWatchService::answer(std::string const& request) {
    std::scoped_lock const lock{mutex_};
    auto const end = request.find("\r\n\r\n");
    auto const body = request.substr(end + 4);
    http::Headers headers;
    for (auto const line : text::lines(std::string_view{request}.substr(0, end))) {
        if (auto const colon = line.find(':'); colon != std::string_view::npos) {
            headers.add(
                std::string{line.substr(0, colon)},
                std::string{text::trim(line.substr(colon + 1))});
        }
    }
    if (!is_signed(headers, body)) {
        ++refused_;
        return refusal("InvalidSignatureException", "The request signature does not match");
    }
    if (headers.find("x-amz-target") != "Logs_20140328.FilterLogEvents" ||
        headers.find("content-type") != "application/x-amz-json-1.1") {
        return refusal("UnknownOperationException", "");
    }
    if (throttled_ > 0) {
        --throttled_;
        return refusal("ThrottlingException", "Rate exceeded");
    }
    if (expired_ > 0) {
        --expired_;
        return refusal("ExpiredTokenException", "The security token is expired");
    }
    auto const asked = json::parse(body, "the request");
    if (json::text_at(asked, "logGroupName") != group) {
        return refusal("ResourceNotFoundException", "The specified log group does not exist.");
    }
    auto const& limit = json::at(asked, "limit");
    auto const& start = json::at(asked, "startTime");
    if (!start.is_number_integer() || (!limit.is_null() && (limit < 1 || limit > 10000))) {
        return refusal("InvalidParameterException", "startTime or limit");
    }
    // The token says which page comes next; each second one is empty, as the service has them
    // where it has looked through streams without a match.
    auto const token = json::text_at(asked, "nextToken");
    auto const number =
        token.empty() ? std::size_t{0} : std::stoul(token.substr(token.find('/') + 1));
    std::vector<Event> found;
    auto const prefix = json::text_at(asked, "logStreamNamePrefix");
    for (auto const& event : events_) {
        if (event.timestamp >= start.get<std::int64_t>() && event.stream.starts_with(prefix)) {
            found.push_back(event);
        }
    }
    json::Value out{{"events", json::Value::array()}, {"searchedLogStreams", json::Value::array()}};
    auto const first = number / 2 * page;
    for (auto i = first; number % 2 == 0 && i < std::min(first + page, found.size()); ++i) {
        out["events"].push_back(
            {{"eventId", found[i].id},
             {"ingestionTime", found[i].timestamp + 5},
             {"logStreamName", found[i].stream},
             {"message", found[i].message},
             {"timestamp", found[i].timestamp}});
    }
    if (first + page < found.size()) {
        out["nextToken"] = fmt::format("page/{}", number + 1);
    }
    return {200, json::write(out)};
}

} // namespace slipway::support
