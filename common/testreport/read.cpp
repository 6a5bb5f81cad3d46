// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "testreport/formats.hpp"
#include "text/join.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::testreport {

namespace {

constexpr std::size_t longest_details = 65'536;
constexpr std::uint64_t largest_report = std::uint64_t{64} << 20U;

std::int64_t read_json(std::string const& text, std::string const& name, Each const& each) {
    // Events of go test stand one a line; the others are one document.
    auto const first = text::lines(text).front();
    if (first.find("\"Action\"") != std::string_view::npos) {
        return read_go(text, name, each);
    }
    auto const report = json::parse(text, name);
    if (json::at(report, "testResults").is_array()) {
        return read_jest(report, each);
    }
    if (json::at(report, "tests").is_array() && json::at(report, "summary").is_object()) {
        return read_pytest(report, each);
    }
    throw Error{
        ErrorKind::usage,
        fmt::format("{} is JSON, but no test report that is known", name),
        "Known are the JSON of vitest, jest, pytest-json-report and go test -json."}
        .with_where({name, 0, 0});
}

} // namespace

std::string first_line(std::string_view text) {
    for (auto const line : text::lines(text)) {
        if (!text::trim(line).empty()) {
            return std::string{text::trim(line)};
        }
    }
    return {};
}

std::string shortened(std::string const& details) {
    return text::shorten(details, longest_details);
}

std::int64_t read(fs::Path const& path, std::function<void(Case)> const& each) {
    auto const name = path.string();
    auto text = fs::read_file(path, largest_report);
    auto const start = text.find_first_not_of(" \t\r\n");
    bool const wide = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
    if (start == std::string::npos || wide || text[start] == '<' || text[start] == '\xef') {
        return read_junit(path, each); // which tells of an empty file, and of other encodings
    }
    return parse(std::move(text), name, each);
}

std::int64_t parse(std::string text, std::string name, std::function<void(Case)> const& each) {
    auto const start = text.find_first_not_of(" \t\r\n");
    if (start == std::string::npos || text[start] == '<') {
        return parse_junit(std::move(text), std::move(name), each);
    }
    if (text[start] == '{' || text[start] == '[') {
        return read_json(text.substr(start), name, each);
    }
    // A line of the compiler may stand before the events of go test.
    bool const of_go = text.find("{\"Time\":") != std::string::npos ||
                       text.find("[build failed]") != std::string::npos ||
                       text.find("[setup failed]") != std::string::npos;
    if (of_go) {
        return read_go(text, name, each);
    }
    return read_tap(text, name, each);
}

} // namespace slipway::testreport
