// SPDX-License-Identifier: Apache-2.0
#include "s3/client.hpp"

#include "hash/digest.hpp"
#include "s3/answer.hpp"
#include "text/escape.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::s3 {

namespace {

constexpr int not_found = 404;

xml::Document read(http::Response const& response) {
    constexpr std::uint64_t largest = std::uint64_t{16} << 20U;
    if (response.body.size() > largest) {
        throw Error{ErrorKind::failed, "the store's answer is too long"};
    }
    return xml::Document::parse(response.body, "the store's answer");
}

bool is_true(xml::Element const& root, std::string_view name) {
    return field(root, name) == "true";
}

std::string multipart_etag(std::vector<Part> const& parts) {
    std::string raw;
    for (auto const& part : parts) {
        for (std::size_t i = 0; i + 1 < part.etag.size(); i += 2) {
            raw += static_cast<char>(std::stoi(part.etag.substr(i, 2), nullptr, 16));
        }
    }
    return hash::md5_hex(raw) + "-" + std::to_string(parts.size());
}

} // namespace

std::vector<Object> Bucket::list(std::string const& prefix) {
    std::vector<Object> out;
    std::string token;
    do {
        Call call{"GET", "", {{"list-type", "2"}, {"encoding-type", "url"}, {"delimiter", "/"}}};
        call.query.emplace_back("prefix", prefix);
        if (!token.empty()) {
            call.query.emplace_back("continuation-token", token);
        }
        auto const document = read(send(call));
        auto const root = document.root();
        for (auto const& one : each(root, "Contents")) {
            out.push_back(
                {key_of(root, field(one, "Key")),
                 number(field(one, "Size")),
                 instant(field(one, "LastModified"))});
        }
        token = is_true(root, "IsTruncated") ? field(root, "NextContinuationToken") : "";
    } while (!token.empty());
    return out;
}

std::optional<Head> Bucket::head(std::string const& key) {
    try {
        auto response = send({"HEAD", key, {}});
        return Head{
            number(response.headers.find("content-length").value_or("")),
            bare(response.headers.find("etag").value_or("")),
            http_date(response.headers.find("last-modified").value_or(""))
                .value_or(time::Instant{}),
            std::move(response.headers)};
    } catch (Refusal const& error) {
        // HEAD has no body, so the status is all there is.
        if (error.message().find(fmt::format("answered by {}", not_found)) != std::string::npos) {
            return std::nullopt;
        }
        throw;
    }
}

std::optional<std::string> Bucket::get(std::string const& key, std::uint64_t limit) {
    Call call{"GET", key, {}};
    call.max_body = limit;
    try {
        auto response = send(call);
        if (response.body_truncated) {
            throw Error{
                ErrorKind::usage, fmt::format("s3://{}/{} is larger than expected", name_, key)};
        }
        return std::move(response.body);
    } catch (Refusal const& error) {
        if (error.code() == "NoSuchKey") {
            return std::nullopt;
        }
        throw;
    }
}

std::vector<std::string> Bucket::get_ranges(
    std::string const& key,
    std::vector<std::pair<std::uint64_t, std::uint64_t>> const& ranges) {
    std::vector<Call> calls;
    for (auto const& [first, length] : ranges) {
        Call call{"GET", key, {}};
        call.headers.add("range", fmt::format("bytes={}-{}", first, first + length - 1));
        call.max_body = length;
        calls.push_back(std::move(call));
    }
    std::vector<std::string> out;
    auto responses = send_all(calls);
    for (std::size_t i = 0; i < responses.size(); ++i) {
        if (responses[i].body.size() != ranges[i].second) {
            throw Error{
                ErrorKind::failed,
                fmt::format(
                    "s3://{}/{} gave {} bytes where {} were asked for",
                    name_,
                    key,
                    responses[i].body.size(),
                    ranges[i].second),
                "The object was replaced or cut off; see db-backup verify."};
        }
        out.push_back(std::move(responses[i].body));
    }
    return out;
}

std::string Bucket::put(std::string const& key, std::string body, http::Headers const& headers) {
    auto const response = send({"PUT", key, {}, with_encryption(headers), std::move(body)});
    return bare(response.headers.find("etag").value_or(""));
}

void Bucket::remove(std::string const& key) {
    try {
        send({"DELETE", key, {}});
    } catch (Refusal const& error) {
        if (error.code() != "NoSuchKey") {
            throw;
        }
    }
}

std::string Bucket::begin(std::string const& key, http::Headers const& headers) {
    auto const document = read(send({"POST", key, {{"uploads", ""}}, with_encryption(headers)}));
    std::string id = field(document.root(), "UploadId");
    if (id.empty()) {
        throw Error{ErrorKind::failed, "the store began an upload and gave it no id"};
    }
    return id;
}

std::vector<std::string> Bucket::put_parts(
    std::string const& key,
    std::string const& upload_id,
    std::vector<std::pair<int, std::string>> parts) {
    std::vector<Call> calls;
    for (auto& [part, body] : parts) {
        calls.push_back(
            {"PUT",
             key,
             {{"partNumber", std::to_string(part)}, {"uploadId", upload_id}},
             {},
             std::move(body)});
    }
    std::vector<std::string> out;
    for (auto const& response : send_all(calls)) {
        out.push_back(bare(response.headers.find("etag").value_or("")));
    }
    return out;
}

std::string Bucket::complete(
    std::string const& key,
    std::string const& upload_id,
    std::vector<Part> const& parts) {
    std::string body = "<CompleteMultipartUpload>";
    for (auto const& part : parts) {
        body += fmt::format(
            "<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag></Part>", part.number, part.etag);
    }
    body += "</CompleteMultipartUpload>";
    try {
        auto const document =
            read(send({"POST", key, {{"uploadId", upload_id}}, {}, std::move(body)}));
        return bare(field(document.root(), "ETag"));
    } catch (Refusal const& error) {
        // Tried again after an answer that was lost: then the upload is no more, and the object is.
        auto const found = error.code() == "NoSuchUpload" ? head(key) : std::nullopt;
        if (!found || found->etag != multipart_etag(parts)) {
            throw;
        }
        return found->etag;
    }
}

void Bucket::abort(std::string const& key, std::string const& upload_id) {
    try {
        send({"DELETE", key, {{"uploadId", upload_id}}});
    } catch (Refusal const& error) {
        if (error.code() != "NoSuchUpload") {
            throw;
        }
    }
}

std::vector<Part> Bucket::parts(std::string const& key, std::string const& upload_id) {
    std::vector<Part> out;
    std::string marker;
    do {
        Call call{"GET", key, {{"uploadId", upload_id}}};
        if (!marker.empty()) {
            call.query.emplace_back("part-number-marker", marker);
        }
        auto const document = read(send(call));
        auto const root = document.root();
        for (auto const& one : each(root, "Part")) {
            out.push_back(
                {static_cast<int>(number(field(one, "PartNumber"))),
                 bare(field(one, "ETag")),
                 number(field(one, "Size")),
                 instant(field(one, "LastModified"))});
        }
        marker = is_true(root, "IsTruncated") ? field(root, "NextPartNumberMarker") : "";
    } while (!marker.empty());
    return out;
}

std::vector<Pending> Bucket::pending(std::string const& prefix) {
    std::vector<Pending> out;
    std::string key_marker;
    std::string id_marker;
    do {
        Call call{"GET", "", {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", prefix}}};
        if (!key_marker.empty()) {
            call.query.emplace_back("key-marker", key_marker);
            call.query.emplace_back("upload-id-marker", id_marker);
        }
        auto const document = read(send(call));
        auto const root = document.root();
        for (auto const& one : each(root, "Upload")) {
            out.push_back(
                {key_of(root, field(one, "Key")),
                 field(one, "UploadId"),
                 instant(field(one, "Initiated"))});
        }
        bool const more = is_true(root, "IsTruncated");
        key_marker = more ? key_of(root, field(root, "NextKeyMarker")) : "";
        id_marker = more ? field(root, "NextUploadIdMarker") : "";
    } while (!key_marker.empty());
    return out;
}

} // namespace slipway::s3
