// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"
#include "hash/digest.hpp"
#include "text/join.hpp"

#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

constexpr std::uint64_t largest_part = std::uint64_t{64} << 20U;

// As HTML has it: the three characters that would end the name early.
std::string as_parameter(std::string_view text) {
    auto out = text::replace_all(text, "\"", "%22");
    out = text::replace_all(out, "\r", "%0D");
    return "\"" + text::replace_all(out, "\n", "%0A") + "\"";
}

} // namespace

std::pair<std::string, std::string>
multipart_of(std::vector<Part> const& parts, json::Value const& variables) {
    std::vector<std::string> contents;
    std::string all;
    for (auto const& part : parts) {
        contents.push_back(
            part.file.empty() ? part.value.render(variables)
                              : fs::read_file(part.file, largest_part));
        all += contents.back();
    }
    // Of the content itself, so that a run can be repeated byte for byte; occurs in none of it.
    auto boundary = "slipway-" + hash::sha256_hex(all).substr(0, 32);
    while (all.find(boundary) != std::string::npos) {
        boundary += "x";
    }
    std::string body;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto const& part = parts[i];
        body +=
            "--" + boundary + "\r\nContent-Disposition: form-data; name=" + as_parameter(part.name);
        if (!part.filename.empty()) {
            body += "; filename=" + as_parameter(part.filename);
        }
        body += "\r\n";
        auto const type =
            part.type.empty() && !part.filename.empty() ? "application/octet-stream" : part.type;
        if (!type.empty()) {
            body += "Content-Type: " + type + "\r\n";
        }
        body += "\r\n" + contents[i] + "\r\n";
    }
    body += "--" + boundary + "--\r\n";
    return {body, "multipart/form-data; boundary=" + boundary};
}

} // namespace slipway::smoke_http
