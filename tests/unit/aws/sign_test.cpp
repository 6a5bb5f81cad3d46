// SPDX-License-Identifier: Apache-2.0
#include "aws/sign.hpp"

#include "fs/file.hpp"
#include "hash/digest.hpp"
#include "json/value.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(aws_sign)

using namespace slipway;

namespace {

struct Raw {
    aws::Signable signable;
    std::string body;
};

// A request as the vectors have it: lines, a blank line, the body. A header's value may go on in
// lines that begin with a blank, and the target may hold blanks.
Raw read_request(std::string const& text) {
    Raw out;
    auto const end = text.find("\n\n");
    out.body = end == std::string::npos ? "" : text.substr(end + 2);
    std::string name;
    std::string value;
    bool first = true;
    std::string const head = text.substr(0, end);
    for (auto const line : text::lines(head)) {
        if (first) {
            first = false;
            auto const space = line.find(' ');
            auto const last = line.rfind(' ');
            std::string const target{line.substr(space + 1, last - space - 1)};
            out.signable.method = line.substr(0, space);
            out.signable.path = target.substr(0, target.find('?'));
            auto const mark = target.find('?');
            if (mark != std::string::npos && mark + 1 < target.size()) {
                for (auto const pair :
                     text::split(std::string_view{target}.substr(mark + 1), '&')) {
                    auto const equals = pair.find('=');
                    out.signable.query.emplace_back(
                        text::percent_decode(pair.substr(0, equals)).value(),
                        equals == std::string_view::npos
                            ? ""
                            : text::percent_decode(pair.substr(equals + 1)).value());
                }
            }
        } else if (line.starts_with(' ')) {
            value += "\n" + std::string{line};
        } else {
            if (!name.empty()) {
                out.signable.headers.add(name, value);
            }
            name = line.substr(0, line.find(':'));
            value = line.substr(line.find(':') + 1);
        }
    }
    out.signable.headers.add(name, value);
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_signer_gives_the_published_vectors_of_aws) {
    auto const document = json::parse(
        fs::read_file(fs::Path{SLIPWAY_SOURCE_DIR} / "tests/unit/aws/sigv4_vectors.json"), "");
    BOOST_TEST(document["vectors"].size() == 38U);
    for (auto const& vector : document["vectors"]) {
        BOOST_TEST_CONTEXT(vector["name"].get<std::string>()) {
            auto raw = read_request(vector["request"].get<std::string>());
            auto const at = time::from_rfc3339(vector["timestamp"].get<std::string>()).value();
            aws::Credentials credentials;
            credentials.access_key_id = vector["access_key_id"].get<std::string>();
            credentials.secret_access_key =
                secret::Secret{vector["secret_access_key"].get<std::string>()};
            auto& request = raw.signable;
            request.payload_sha256 = hash::sha256_hex(raw.body);
            request.headers.add("X-Amz-Date", aws::amz_date(at));
            std::string const token = vector["token"].get<std::string>();
            if (!token.empty() && !vector["omit_session_token"].get<bool>()) {
                request.headers.add("X-Amz-Security-Token", token);
            }
            if (vector["sign_body"].get<bool>()) {
                request.headers.add("x-amz-content-sha256", request.payload_sha256);
            }
            // Not normalised means: encoded once more, dot segments kept, as no service of ours
            // wants it; then the path is what S3 would be given.
            bool const normalized = vector["normalize"].get<bool>();
            aws::Scope scope{
                vector["region"].get<std::string>(), vector["service"].get<std::string>(), false};
            if (!normalized) {
                scope.path_as_sent = true;
                std::string encoded;
                for (char const c : request.path) {
                    encoded += c == '/' ? "/" : text::percent_encode({&c, 1});
                }
                request.path = encoded;
            }
            auto const signature = aws::sign(request, credentials, scope, at);
            BOOST_TEST(
                signature.canonical_request == vector["canonical_request"].get<std::string>());
            BOOST_TEST(signature.string_to_sign == vector["string_to_sign"].get<std::string>());
            BOOST_TEST(signature.signature == vector["signature"].get<std::string>());
            BOOST_TEST(signature.authorization.ends_with(", Signature=" + signature.signature));
        }
    }
}

// "Signature Calculations for the Authorization Header", Amazon S3 API Reference.
BOOST_AUTO_TEST_CASE(the_signer_gives_the_examples_of_the_reference_of_s3) {
    constexpr std::string_view empty =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    aws::Credentials credentials;
    credentials.access_key_id = "AKIAIOSFODNN7EXAMPLE";
    credentials.secret_access_key = secret::Secret{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
    auto const at = time::from_rfc3339("2013-05-24T00:00:00Z").value();
    aws::Scope const scope{"us-east-1", "s3", true};
    auto const base = [&](std::string method, std::string path, std::string payload) {
        aws::Signable out;
        out.method = std::move(method);
        out.path = std::move(path);
        out.payload_sha256 = std::move(payload);
        out.headers.add("Host", "examplebucket.s3.amazonaws.com");
        out.headers.add("x-amz-content-sha256", out.payload_sha256);
        out.headers.add("x-amz-date", aws::amz_date(at));
        return out;
    };
    auto get = base("GET", "/test.txt", std::string{empty});
    get.headers.add("Range", "bytes=0-9");
    BOOST_TEST(
        aws::sign(get, credentials, scope, at).signature ==
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    auto put = base("PUT", "/test%24file.text", hash::sha256_hex("Welcome to Amazon S3."));
    put.headers.add("Date", "Fri, 24 May 2013 00:00:00 GMT");
    put.headers.add("x-amz-storage-class", "REDUCED_REDUNDANCY");
    BOOST_TEST(
        aws::sign(put, credentials, scope, at).signature ==
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    auto lifecycle = base("GET", "/", std::string{empty});
    lifecycle.query = {{"lifecycle", ""}};
    BOOST_TEST(
        aws::sign(lifecycle, credentials, scope, at).signature ==
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    auto list = base("GET", "/", std::string{empty});
    list.query = {{"max-keys", "2"}, {"prefix", "J"}};
    BOOST_TEST(
        aws::sign(list, credentials, scope, at).signature ==
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

BOOST_AUTO_TEST_SUITE_END()
