// SPDX-License-Identifier: Apache-2.0
#include "coverage.hpp"

#include "error/error.hpp"
#include "json/value.hpp"
#include "text/join.hpp"
#include "xml/document.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::preflight {

namespace {

using json::Value;

constexpr std::uint64_t largest_report = std::uint64_t{256} << 20U;

Error unknown(fs::Path const& path, std::string_view what, std::string_view formats) {
    return Error{
        ErrorKind::usage,
        fmt::format("{}: {}", path.string(), what),
        fmt::format("Give a report of {}.", formats)}
        .with_where({path.string(), 0, 0});
}

constexpr std::string_view coverage_formats =
    "lcov, Cobertura, JaCoCo or Istanbul (coverage-final.json, coverage-summary.json)";
constexpr std::string_view lint_formats = "ESLint (--format json), SARIF or Checkstyle XML";

std::int64_t number(std::string_view text) {
    std::int64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

Coverage of_lcov(std::string_view report) {
    Coverage out;
    out.format = "lcov";
    for (auto const line : text::lines(report)) {
        if (line.starts_with("LF:")) {
            out.found += number(line.substr(3));
        } else if (line.starts_with("LH:")) {
            out.hit += number(line.substr(3));
        }
    }
    return out;
}

// A statement counts on the line that it begins on; a line is hit where one on it is, as Istanbul
// itself counts lines.
Coverage of_istanbul(Value const& files) {
    Coverage out;
    out.format = "Istanbul";
    for (auto const& [path, file] : files.items()) {
        std::map<std::int64_t, bool> lines;
        auto const& counts = json::at(file, "s");
        for (auto const& [key, place] : json::at(file, "statementMap").items()) {
            auto const& line = json::at(json::at(place, "start"), "line");
            auto const& count = json::at(counts, key);
            if (line.is_number_integer() && count.is_number_integer()) {
                auto& hit = lines[line.get<std::int64_t>()];
                hit = hit || count.get<std::int64_t>() > 0;
            }
        }
        out.found += static_cast<std::int64_t>(lines.size());
        out.hit +=
            std::count_if(lines.begin(), lines.end(), [](auto const& line) { return line.second; });
    }
    return out;
}

Coverage of_json(fs::Path const& path, std::string_view text) {
    auto const report = json::parse(text, path.string());
    auto const& lines = json::at(json::at(report, "total"), "lines");
    auto const& total = json::at(lines, "total");
    auto const& covered = json::at(lines, "covered");
    if (total.is_number_integer() && covered.is_number_integer()) {
        return {total.get<std::int64_t>(), covered.get<std::int64_t>(), "Istanbul summary"};
    }
    if (!report.is_object()) {
        throw unknown(path, "it is no report of coverage that is known", coverage_formats);
    }
    return of_istanbul(report);
}

void add_cobertura_lines(xml::Element const& element, Coverage& out) {
    for (auto const& child : element.children()) {
        if (child.name() == "line" && element.name() == "lines") {
            ++out.found;
            out.hit += number(child.text_of("hits")) > 0 ? 1 : 0;
        } else if (child.name() != "methods") { // whose lines are those of the class once more
            add_cobertura_lines(child, out);
        }
    }
}

Coverage of_xml(fs::Path const& path) {
    auto const document = xml::Document::read(path, largest_report);
    auto const root = document.root();
    Coverage out;
    if (root.name() == "report") {
        out.format = "JaCoCo";
        for (auto const& child : root.children()) {
            if (child.name() == "counter" && child.text_of("type") == "LINE") {
                out.hit += number(child.text_of("covered"));
                out.found += number(child.text_of("covered")) + number(child.text_of("missed"));
            }
        }
        return out;
    }
    if (root.name() != "coverage") {
        throw unknown(
            path,
            fmt::format("its root is <{}>, which is no report of coverage", root.name()),
            coverage_formats);
    }
    out.format = "Cobertura";
    if (root.attribute("lines-valid")) {
        out.found = number(root.text_of("lines-valid"));
        out.hit = number(root.text_of("lines-covered"));
    } else {
        add_cobertura_lines(root, out);
    }
    return out;
}

char first_letter(std::string_view text) {
    auto const at = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    return at == std::string_view::npos ? '\0' : text[at];
}

std::string at_line(std::string_view file, Value const& line, std::string_view message) {
    return line.is_number_integer()
               ? fmt::format("{}:{}: {}", file, line.get<std::int64_t>(), message)
               : fmt::format("{}: {}", file, message);
}

void add_eslint(Value const& report, std::vector<std::string>& out) {
    constexpr int error = 2;
    for (auto const& file : report) {
        for (auto const& message : json::at(file, "messages")) {
            auto const& severity = json::at(message, "severity");
            if (severity.is_number_integer() && severity.get<int>() == error) {
                out.push_back(at_line(
                    json::text_at(file, "filePath"),
                    json::at(message, "line"),
                    json::text_at(message, "ruleId", json::text_at(message, "message"))));
            }
        }
    }
}

// A result without a level is a warning (SARIF 2.1.0, 3.27.10).
void add_sarif(Value const& report, std::vector<std::string>& out) {
    for (auto const& run : json::at(report, "runs")) {
        for (auto const& result : json::at(run, "results")) {
            if (json::text_at(result, "level", "warning") != "error") {
                continue;
            }
            auto const& places = json::at(result, "locations");
            auto const& place = places.is_array() && !places.empty()
                                    ? json::at(places.front(), "physicalLocation")
                                    : places;
            out.push_back(at_line(
                json::text_at(json::at(place, "artifactLocation"), "uri", "?"),
                json::at(json::at(place, "region"), "startLine"),
                json::text_at(result, "ruleId", "?")));
        }
    }
}

void add_checkstyle(xml::Element const& root, std::vector<std::string>& out) {
    for (auto const& file : root.children()) {
        for (auto const& error : file.children()) {
            if (error.name() == "error" && error.text_of("severity") == "error") {
                out.push_back(fmt::format(
                    "{}:{}: {}",
                    file.text_of("name"),
                    error.text_of("line"),
                    error.text_of("source").empty() ? error.text_of("message")
                                                    : error.text_of("source")));
            }
        }
    }
}

} // namespace

Coverage read_coverage(fs::Path const& path) {
    auto const text = fs::read_file(path, largest_report);
    char const first = first_letter(text);
    Coverage const out = first == '<'   ? of_xml(path)
                         : first == '{' ? of_json(path, text)
                                        : of_lcov(text);
    if (out.found <= 0) {
        throw unknown(path, "it counts no line of code", coverage_formats);
    }
    return out;
}

std::vector<std::string> read_lint_errors(fs::Path const& path) {
    std::vector<std::string> out;
    auto const text = fs::read_file(path, largest_report);
    if (first_letter(text) == '<') {
        auto const document = xml::Document::parse(text, path.string());
        if (document.root().name() != "checkstyle") {
            throw unknown(path, "it is no report of a linter that is known", lint_formats);
        }
        add_checkstyle(document.root(), out);
        return out;
    }
    auto const report = json::parse(text, path.string());
    if (report.is_array()) {
        add_eslint(report, out);
    } else if (json::at(report, "runs").is_array()) {
        add_sarif(report, out);
    } else {
        throw unknown(path, "it is no report of a linter that is known", lint_formats);
    }
    return out;
}

} // namespace slipway::preflight
