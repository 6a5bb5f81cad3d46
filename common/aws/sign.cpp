// SPDX-License-Identifier: Apache-2.0
#include "aws/sign.hpp"

#include "hash/digest.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <map>

namespace slipway::aws {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

std::string encode_path(std::string_view path) {
    std::string out;
    for (char const c : path) {
        out += c == '/' ? "/" : text::percent_encode({&c, 1});
    }
    return out;
}

// RFC 3986, section 5.2.4, and no empty segments.
std::string normalize(std::string_view path) {
    std::vector<std::string_view> kept;
    bool folder = true;
    for (auto const segment : text::split(path, '/')) {
        folder = segment.empty() || segment == "." || segment == "..";
        if (segment == ".." && !kept.empty()) {
            kept.pop_back();
        } else if (!folder) {
            kept.push_back(segment);
        }
    }
    std::string out;
    for (auto const segment : kept) {
        out += "/";
        out += segment;
    }
    return folder ? out + "/" : out;
}

// Blanks around a value go, those inside of it become one.
std::string squeeze(std::string_view value) {
    std::string out;
    for (char const c : text::trim(value)) {
        bool const blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!blank) {
            out += c;
        } else if (!out.ends_with(' ')) {
            out += ' ';
        }
    }
    return out;
}

std::map<std::string, std::string> canonical_headers(http::Headers const& headers) {
    std::map<std::string, std::string> out;
    for (auto const& [name, value] : headers) {
        auto const [at, fresh] = out.emplace(text::lower(name), squeeze(value));
        if (!fresh) {
            at->second += "," + squeeze(value);
        }
    }
    return out;
}

std::string signing_key(Credentials const& credentials, Scope const& scope, std::string_view day) {
    std::string key = "AWS4" + credentials.secret_access_key.reveal();
    for (std::string_view const part :
         {day,
          std::string_view{scope.region},
          std::string_view{scope.service},
          std::string_view{"aws4_request"}}) {
        key = hash::hmac_sha256(key, part);
    }
    return key;
}

} // namespace

std::string amz_date(time::Instant at) {
    return time::to_basic(at);
}

std::string canonical_query(std::vector<std::pair<std::string, std::string>> const& query) {
    std::vector<std::pair<std::string, std::string>> encoded;
    for (auto const& [name, value] : query) {
        encoded.emplace_back(text::percent_encode(name), text::percent_encode(value));
    }
    std::sort(encoded.begin(), encoded.end());
    std::string out;
    for (auto const& [name, value] : encoded) {
        out += (out.empty() ? "" : "&") + name + "=" + value;
    }
    return out;
}

Signature sign(
    Signable const& request,
    Credentials const& credentials,
    Scope const& scope,
    time::Instant at) {
    auto const headers = canonical_headers(request.headers);
    std::string names;
    std::string lines;
    for (auto const& [name, value] : headers) {
        names += (names.empty() ? "" : ";") + name;
        lines += name + ":" + value + "\n";
    }
    Signature out;
    out.canonical_request =
        request.method + "\n" +
        (scope.path_as_sent ? request.path : encode_path(normalize(request.path))) + "\n" +
        canonical_query(request.query) + "\n" + lines + "\n" + names + "\n" +
        request.payload_sha256;
    std::string const date = amz_date(at);
    std::string const day = date.substr(0, 8);
    std::string const valid_for = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
    out.string_to_sign = std::string{algorithm} + "\n" + date + "\n" + valid_for + "\n" +
                         hash::sha256_hex(out.canonical_request);
    out.signature =
        hash::to_hex(hash::hmac_sha256(signing_key(credentials, scope, day), out.string_to_sign));
    out.authorization = std::string{algorithm} + " Credential=" + credentials.access_key_id + "/" +
                        valid_for + ", SignedHeaders=" + names + ", Signature=" + out.signature;
    return out;
}

} // namespace slipway::aws
