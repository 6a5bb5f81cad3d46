// SPDX-License-Identifier: Apache-2.0
#include "hash/digest.hpp"
#include "http/url.hpp"
#include "retry/retry.hpp"
#include "s3/answer.hpp"
#include "s3/client.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::s3 {

namespace {

constexpr std::chrono::seconds noticeable{60};
constexpr retry::Policy policy{6, time::Milliseconds{300}, time::Milliseconds{20'000}, 0.5};

struct Cause {
    std::string_view code;
    std::string_view hint;
};

constexpr std::array<Cause, 9> causes{{
    {"NoSuchBucket", "Make the bucket first, or mend its name in s3://BUCKET/…."},
    {"InvalidAccessKeyId", "See AWS_ACCESS_KEY_ID, and whether it belongs to this endpoint."},
    {"SignatureDoesNotMatch", "The secret does not belong to the key: see AWS_SECRET_ACCESS_KEY."},
    {"AccessDenied",
     "The key needs s3:ListBucket, s3:ListBucketMultipartUploads, s3:GetObject, s3:PutObject, "
     "s3:AbortMultipartUpload, s3:ListMultipartUploadParts and s3:DeleteObject there."},
    {"ExpiredToken", "The session token is too old: get new credentials."},
    {"InvalidToken", "See AWS_SESSION_TOKEN: it belongs to another key."},
    {"RequestTimeTooSkewed", "Set this machine's clock."},
    {"PermanentRedirect", "The bucket is in another region: set --s3-region or AWS_REGION."},
    {"AuthorizationHeaderMalformed",
     "The bucket is in another region: set --s3-region or AWS_REGION."},
}};

bool is_transient(http::Response const& response, std::string_view code) {
    constexpr std::array<int, 5> statuses{429, 500, 502, 503, 504};
    return std::find(statuses.begin(), statuses.end(), response.status) != statuses.end() ||
           code == "RequestTimeout" || code == "SlowDown" || code == "InternalError";
}

std::string encode_key(std::string_view key) {
    std::string out;
    for (char const c : key) {
        out += c == '/' ? "/" : text::percent_encode({&c, 1});
    }
    return out;
}

// What the answer says; S3 sends none with HEAD.
struct Said {
    std::string code;
    std::string message;
    std::string region;
};

Said said(http::Response const& response) {
    Said out;
    try {
        auto const document = xml::Document::parse(response.body, "the answer");
        if (document.root().name() == "Error") {
            out = {
                field(document.root(), "Code"),
                field(document.root(), "Message"),
                field(document.root(), "Region")};
        }
    } catch (Error const&) { // NOLINT(bugprone-empty-catch): the status must do
    }
    if (auto const region = response.headers.find("x-amz-bucket-region"); region) {
        out.region = *region;
    }
    return out;
}

} // namespace

Bucket::Bucket(std::string name, Settings settings, aws::Provider& credentials, Run run)
    : name_(std::move(name)), settings_(std::move(settings)), credentials_(credentials),
      run_(std::move(run)), client_({settings_.parallel, run_.stop}) {
    bool const dots = name_.find('.') != std::string::npos; // no certificate covers them
    if (settings_.endpoint.empty()) {
        settings_.path_style = settings_.path_style.value_or(dots);
        settings_.endpoint = fmt::format(
            "https://s3.{}.amazonaws.com{}",
            settings_.region,
            settings_.region.starts_with("cn-") ? ".cn" : "");
    }
    settings_.path_style = settings_.path_style.value_or(true);
    while (settings_.endpoint.ends_with('/')) {
        settings_.endpoint.pop_back();
    }
    auto const url = http::Url::parse(settings_.endpoint);
    if (url.has_credentials() || !url.query().empty() ||
        (url.path() != "/" && !url.path().empty())) {
        throw Error{
            ErrorKind::usage,
            "the endpoint for S3 is more than scheme, host and port: " + url.redacted(),
            "Write it as in https://storage.example.com:9000."};
    }
}

// As libcurl writes it into the request.
std::string Bucket::host() const {
    std::string out = settings_.endpoint.substr(settings_.endpoint.find("://") + 3);
    bool const tls = settings_.endpoint.starts_with("https:");
    std::string_view const usual = tls ? ":443" : ":80";
    if (out.ends_with(usual)) {
        out.resize(out.size() - usual.size());
    }
    return *settings_.path_style ? out : name_ + "." + out;
}

std::string Bucket::path_of(std::string const& key) const {
    return (*settings_.path_style ? "/" + encode_key(name_) + (key.empty() ? "" : "/") : "/") +
           encode_key(key);
}

http::Headers Bucket::with_encryption(http::Headers headers) const {
    if (!settings_.encryption.empty()) {
        headers.add("x-amz-server-side-encryption", settings_.encryption);
    }
    if (!settings_.kms_key.empty()) {
        headers.add("x-amz-server-side-encryption-aws-kms-key-id", settings_.kms_key);
    }
    return headers;
}

http::Request Bucket::request_of(Call const& call) {
    auto const& credentials = credentials_.current(run_.deadline);
    auto const at = now();
    aws::Signable signable;
    signable.method = call.method;
    signable.path = path_of(call.key);
    signable.query = call.query;
    signable.headers = call.headers;
    signable.payload_sha256 = hash::sha256_hex(call.body);
    signable.headers.add("host", host());
    signable.headers.add("x-amz-date", aws::amz_date(at));
    signable.headers.add("x-amz-content-sha256", signable.payload_sha256);
    if (!call.body.empty()) {
        hash::Digest md5{hash::Algorithm::md5};
        md5.update(call.body);
        signable.headers.add("content-md5", text::base64_encode(md5.bytes()));
        signable.headers.add("content-type", "application/octet-stream");
    }
    if (!credentials.session_token.empty()) {
        signable.headers.add("x-amz-security-token", credentials.session_token.reveal());
    }
    auto const signature = aws::sign(signable, credentials, {settings_.region, "s3", true}, at);
    http::Request out;
    out.method = call.method;
    std::string const query = aws::canonical_query(call.query);
    out.url = settings_.endpoint.substr(0, settings_.endpoint.find("://") + 3) + host() +
              signable.path + (query.empty() ? "" : "?" + query);
    out.headers = signable.headers;
    out.headers.add("authorization", signature.authorization);
    out.body = call.body;
    out.timeout = settings_.timeout;
    out.max_body = call.max_body;
    out.ca_file = settings_.ca_file;
    out.version = http::Version::http1;
    return out;
}

bool Bucket::correct_clock(http::Response const& response) {
    auto const date = http_date(response.headers.find("date").value_or(""));
    if (!date || corrected_) {
        return false;
    }
    corrected_ = true;
    skew_ = std::chrono::duration_cast<std::chrono::seconds>(*date - run_.clock.now());
    if (run_.told && std::chrono::abs(skew_) >= noticeable) {
        run_.told(fmt::format(
            "this machine's clock differs from the store's by {} s; signing by the store's",
            skew_.count()));
    }
    return true;
}

void Bucket::refuse(http::Response const& response, Call const& call) {
    auto const told = said(response);
    bool const stale = told.code == "ExpiredToken" && !renewed_;
    if (stale) {
        renewed_ = true;
        credentials_.forget();
    }
    bool const skewed = told.code == "RequestTimeTooSkewed" && correct_clock(response);
    std::string hint = "See whether the key may do that.";
    for (auto const& cause : causes) {
        if (cause.code == told.code) {
            hint = cause.hint;
        }
    }
    if (!told.region.empty() && told.region != settings_.region) {
        hint = fmt::format(
            "The bucket is in the region {}: set --s3-region or AWS_REGION.", told.region);
    }
    constexpr std::size_t most = 300;
    Error const error{
        stale || skewed || is_transient(response, told.code) ? ErrorKind::unavailable
                                                             : ErrorKind::usage,
        fmt::format(
            "s3://{}{}{}: {} was answered by {}{}{}",
            name_,
            call.key.empty() ? "" : "/",
            call.key,
            call.method,
            response.status,
            told.code.empty() ? "" : " " + told.code,
            told.message.empty() ? ""
                                 : ": " + text::shorten(text::printable_line(told.message), most)),
        hint};
    throw Refusal{error, told.code};
}

http::Response Bucket::judge(http::Outcome outcome, Call const& call) {
    if (auto* error = std::get_if<Error>(&outcome)) {
        // A request that took too long is as one that was lost.
        if (error->kind() == ErrorKind::timeout && !run_.deadline.expired()) {
            throw Error{ErrorKind::unavailable, error->message(), error->hint()};
        }
        throw Error{*error};
    }
    auto response = std::move(std::get<http::Response>(outcome));
    bool const fine = response.status >= 200 && response.status < 300;
    // An upload's completion begins its answer before it knows how it ends.
    bool const hidden = fine && call.method == "POST" && said(response).code.size() > 0;
    if (!fine || hidden) {
        if (hidden) {
            response.status = 500;
        }
        refuse(response, call);
    }
    return response;
}

http::Response Bucket::send(Call const& call, std::optional<http::Outcome> first) {
    return retry::run(
        policy,
        retry::Patience{run_.clock, run_.deadline, run_.stop},
        retry::unavailable,
        [&] {
            auto outcome =
                first ? std::move(*first) : client_.fetch(request_of(call), run_.deadline);
            first.reset();
            return judge(std::move(outcome), call);
        },
        [&](Error const& error, time::Milliseconds) {
            if (run_.told) {
                run_.told("trying again: " + error.message());
            }
        });
}

std::vector<http::Response> Bucket::send_all(std::vector<Call> const& calls) {
    std::vector<http::Request> requests;
    requests.reserve(calls.size());
    for (auto const& call : calls) {
        requests.push_back(request_of(call));
    }
    auto outcomes = client_.fetch_all(std::move(requests), run_.deadline);
    std::vector<http::Response> out;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        out.push_back(send(calls[i], std::move(outcomes[i])));
    }
    return out;
}

} // namespace slipway::s3
