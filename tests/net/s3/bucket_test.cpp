// SPDX-License-Identifier: Apache-2.0
// What a store of S3 answers when it is not well; what it answers when it is, tests/peers tries on
// a real one.
#include "hash/digest.hpp"
#include "s3/client.hpp"
#include "support/fake_clock.hpp"
#include "support/http_listener.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(s3_bucket)

using namespace slipway;
using support::HttpListener;
using support::Peer;

namespace {

// A bucket of a store that answers with these texts, one after the other, the last one for ever.
struct Store {
    explicit Store(std::vector<std::pair<int, std::string>> script)
        : answers(std::move(script)), listener([this](Peer& peer) {
              for (;;) {
                  std::string const request = peer.read_request();
                  if (request.empty()) {
                      return;
                  }
                  std::lock_guard const lock{mutex};
                  requests.push_back(request);
                  auto const& [status, text] =
                      answers[std::min(requests.size(), answers.size()) - 1];
                  peer.answer(status, text, extra);
              }
          }),
          credentials(
              {[](std::string_view name) -> std::optional<std::string> {
                   if (name == "AWS_ACCESS_KEY_ID" || name == "AWS_SECRET_ACCESS_KEY") {
                       return "key-or-secret";
                   }
                   return std::nullopt;
               },
               {},
               "us-east-1"},
              clock,
              {}),
          bucket("shop", settings(), credentials, run()) {}

    s3::Settings settings() const {
        s3::Settings out;
        out.endpoint = listener.url("");
        out.encryption = "aws:kms";
        out.kms_key = "key-7";
        return out;
    }

    s3::Run run() {
        s3::Run out{clock, time::Deadline::never(), {}, {}};
        out.told = [this](std::string_view words) {
            told.emplace_back(words);
        };
        return out;
    }

    std::vector<std::pair<int, std::string>> answers;
    std::string extra;
    std::mutex mutex;
    std::vector<std::string> requests;
    std::vector<std::string> told;
    support::FakeClock clock;
    HttpListener listener;
    aws::Provider credentials;
    s3::Bucket bucket;
};

std::string error_xml(std::string const& code) {
    return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>m</Message></Error>";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_store_that_is_overloaded_is_asked_again_and_in_the_end_called_unavailable) {
    Store store{{{503, error_xml("SlowDown")}, {500, error_xml("InternalError")}, {200, ""}}};
    store.bucket.put("k", "text");
    BOOST_TEST(store.requests.size() == 3U);
    BOOST_TEST(store.clock.sleeps.size() == 2U);
    BOOST_TEST(store.told.size() == 2U);
    BOOST_TEST(
        store.requests[0].find("x-amz-server-side-encryption: aws:kms") != std::string::npos);
    BOOST_TEST(
        store.requests[0].find("x-amz-server-side-encryption-aws-kms-key-id: key-7") !=
        std::string::npos);
    BOOST_TEST(
        store.requests[0].find("content-md5: HLKXeN0MEoRIQ7c/Dhpq0Q==") == std::string::npos);
    BOOST_TEST(store.requests[0].find("content-md5: ") != std::string::npos);
    Store down{{{503, error_xml("SlowDown")}}};
    try {
        down.bucket.put("k", "text");
        BOOST_FAIL("it was put");
    } catch (Error const& error) {
        BOOST_TEST((error.kind() == ErrorKind::unavailable));
    }
    BOOST_TEST(down.requests.size() == 6U);
}

BOOST_AUTO_TEST_CASE(encryption_is_asked_for_where_an_object_begins_and_not_with_its_parts) {
    Store store{
        {{200,
          "<InitiateMultipartUploadResult><UploadId>u1</UploadId>"
          "</InitiateMultipartUploadResult>"},
         {200, ""}}};
    store.extra = "ETag: \"e\"\r\n";
    BOOST_TEST(store.bucket.begin("p/k", {}) == "u1");
    store.bucket.put_parts("p/k", "u1", {{1, "text"}});
    BOOST_TEST_REQUIRE(store.requests.size() == 2U);
    BOOST_TEST(store.requests[0].starts_with("POST /shop/p/k?uploads= HTTP/1.1"));
    for (std::string const header :
         {"x-amz-server-side-encryption: aws:kms\r\n",
          "x-amz-server-side-encryption-aws-kms-key-id: key-7\r\n",
          "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-server-side-encryption;"
          "x-amz-server-side-encryption-aws-kms-key-id, "}) {
        BOOST_TEST((store.requests[0].find(header) != std::string::npos), store.requests[0]);
    }
    BOOST_TEST(store.requests[1].starts_with("PUT /shop/p/k?partNumber=1&uploadId=u1 HTTP/1.1"));
    BOOST_TEST((store.requests[1].find("server-side-encryption") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_virtual_host_has_the_bucket_in_its_name_and_not_in_the_path) {
    Store store{{{200, "<ListBucketResult></ListBucketResult>"}}};
    std::string const port = store.listener.url("").substr(std::string{"http://127.0.0.1:"}.size());
    auto settings = store.settings();
    settings.endpoint = "http://localhost:" + port; // *.localhost is this machine (RFC 6761)
    settings.path_style = false;
    s3::Bucket bucket{"shop", settings, store.credentials, store.run()};
    BOOST_TEST(bucket.list("a/b").empty());
    std::string const& request = store.requests.at(0);
    BOOST_TEST((request.find(" /?") != std::string::npos), request);
    BOOST_TEST((request.find("shop/") == std::string::npos), request);
    BOOST_TEST(
        (request.find("ost: shop.localhost:" + port + "\r\n") != std::string::npos), request);
    BOOST_TEST((request.find("SignedHeaders=host;") != std::string::npos), request);
}

BOOST_AUTO_TEST_CASE(a_completion_that_fails_under_status_200_is_no_success) {
    std::string const done = "<CompleteMultipartUploadResult><ETag>\"e-1\"</ETag>"
                             "</CompleteMultipartUploadResult>";
    Store store{{{200, error_xml("InternalError")}, {200, done}}};
    BOOST_TEST(store.bucket.complete("k", "id", {{1, "aa", 1, {}}}) == "e-1");
    BOOST_TEST(store.requests.size() == 2U);
    Store lost{{{404, error_xml("NoSuchUpload")}}};
    BOOST_CHECK_THROW(lost.bucket.complete("k", "id", {{1, "aa", 1, {}}}), Error);
}

BOOST_AUTO_TEST_CASE(a_lost_answer_to_the_completion_is_found_out_by_the_object_s_etag) {
    Store store{{{404, error_xml("NoSuchUpload")}, {200, ""}}};
    store.extra = "ETag: \"" + hash::md5_hex("\xaa\xbb") + "-2\"\r\n";
    BOOST_TEST(
        store.bucket.complete("k", "id", {{1, "aa", 1, {}}, {2, "bb", 1, {}}}) ==
        hash::md5_hex("\xaa\xbb") + "-2");
    BOOST_TEST(store.requests[1].starts_with("HEAD /shop/k "));
    Store other{{{404, error_xml("NoSuchUpload")}, {200, ""}}};
    other.extra = store.extra;
    BOOST_CHECK_THROW(other.bucket.complete("k", "id", {{1, "aa", 1, {}}}), Error);
}

BOOST_AUTO_TEST_CASE(listings_are_read_page_by_page_with_their_keys_decoded) {
    Store store{
        {{200,
          "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
          "<NextContinuationToken>a+b/c=</NextContinuationToken><Contents><Key>p/a%2Bb+c</Key>"
          "<Size>7</Size><LastModified>2026-01-31T10:00:00.000Z</LastModified></Contents>"
          "</ListBucketResult>"},
         {200,
          "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>p/d</Key>"
          "<Size>8</Size></Contents></ListBucketResult>"}}};
    auto const objects = store.bucket.list("p/");
    BOOST_TEST_REQUIRE(objects.size() == 2U);
    BOOST_TEST(objects[0].key == "p/a+b c");
    BOOST_TEST(objects[1].bytes == 8U);
    BOOST_TEST(store.requests[1].find("continuation-token=a%2Bb%2Fc%3D&") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_the_store_refuses_is_told_with_what_to_do_and_without_a_retry) {
    for (auto const& [code, hint] : std::vector<std::pair<std::string, std::string>>{
             {"AccessDenied", "s3:PutObject"},
             {"SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"},
             {"NoSuchBucket", "Make the bucket first"},
             {"PermanentRedirect", "--s3-region"}}) {
        Store store{{{403, error_xml(code)}}};
        try {
            store.bucket.list("");
            BOOST_FAIL("it was listed");
        } catch (Error const& error) {
            BOOST_TEST((error.kind() == ErrorKind::usage));
            BOOST_TEST((error.hint().find(hint) != std::string::npos), error.hint());
        }
        BOOST_TEST(store.requests.size() == 1U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
