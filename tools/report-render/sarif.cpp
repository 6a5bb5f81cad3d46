// SPDX-License-Identifier: Apache-2.0
#include "sarif.hpp"

#include "hash/digest.hpp"
#include "json/value.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/visible.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::report_render {

namespace {

using json::Value;

constexpr std::size_t most_results = 5'000;
constexpr std::size_t longest_message = 2'000;
constexpr std::string_view home = "https://slipway.dev/";

std::string_view level_of(Trouble const& trouble) {
    return trouble.status == record::CheckStatus::failed ? "error" : "warning";
}

// What ended a step has no check, and so no id: its SQLSTATE or the tool stands for it.
std::string rule_of(Trouble const& trouble, Report const& report) {
    if (!trouble.id.empty()) {
        return text::visible(text::shorten(trouble.id, 200));
    }
    return trouble.sqlstate.empty() ? report.steps[trouble.step].found->record.tool + ".error"
                                    : "sqlstate." + text::visible(trouble.sqlstate);
}

// A path of the repository as a relative reference; what leads out of it stays a name.
std::string uri_of(std::string const& file) {
    std::string out;
    for (auto const part : text::split(file, '/')) {
        if (!part.empty() && part != "." && part != "..") {
            out += (out.empty() ? "" : "/") + text::percent_encode(part);
        }
    }
    return out;
}

std::string message_of(Trouble const& trouble) {
    std::string out = trouble.title;
    for (auto const* more : {&trouble.message, &trouble.hint}) {
        if (!more->empty() && *more != trouble.title) {
            out += (out.ends_with('.') ? " " : ". ") + *more;
        }
    }
    // Brackets are links in SARIF.
    std::string const safe = text::visible(text::shorten(out, longest_message));
    return text::replace_all(text::replace_all(safe, "[", "\\["), "]", "\\]");
}

Value region_of(Where const& where) {
    Value out{{"startLine", std::max(1, static_cast<int>(where.line))}};
    if (where.column > 0) {
        out["startColumn"] = where.column;
    }
    return out;
}

Value result_of(Trouble const& trouble, std::string const& rule, std::size_t index) {
    std::string const uri = uri_of(trouble.where.file);
    // By the fault and the file, not by the line: an alert stays itself where lines move.
    std::string const print = hash::sha256_hex(rule + "\n" + uri + "\n" + trouble.message);
    return {
        {"ruleId", rule},
        {"ruleIndex", index},
        {"level", level_of(trouble)},
        {"message", {{"text", message_of(trouble)}}},
        {"locations",
         Value::array(
             {{{"physicalLocation",
                {{"artifactLocation", {{"uri", uri}, {"uriBaseId", "%SRCROOT%"}}},
                 {"region", region_of(trouble.where)}}}}})},
        {"partialFingerprints", {{"primaryLocationLineHash", print.substr(0, 32)}}}};
}

Value rule_json(std::string const& rule, Trouble const& trouble) {
    std::string const title = text::visible(text::shorten(trouble.title, 500));
    std::string const help =
        trouble.hint.empty() ? title : text::visible(text::shorten(trouble.hint, 1000));
    return {
        {"id", rule},
        {"shortDescription", {{"text", title}}},
        {"fullDescription", {{"text", title}}},
        {"help", {{"text", help}}},
        {"defaultConfiguration", {{"level", level_of(trouble)}}}};
}

// How the run as a whole went, with what SARIF has no place for.
Value invocation_of(Report const& report, std::size_t without_place, std::size_t cut) {
    Value notes = Value::array();
    auto const note = [&](std::string text, std::string_view level) {
        notes.push_back({{"level", level}, {"message", {{"text", std::move(text)}}}});
    };
    if (cut > 0) {
        note(fmt::format("{} omitted: GitHub shows {}.", cut, most_results), "warning");
    }
    if (without_place > 0) {
        note(
            fmt::format(
                "{} without a place in a file: the report has them.",
                text::counted(without_place, "entry")),
            "note");
    }
    Value out{{"executionSuccessful", rank(report.verdict.status) < rank(record::Status::failed)}};
    if (!notes.empty()) {
        out["toolExecutionNotifications"] = std::move(notes);
    }
    return out;
}

} // namespace

std::string sarif(Report const& report) {
    std::map<std::string, std::size_t> indices;
    Value rules = Value::array();
    Value results = Value::array();
    std::size_t without_place = 0;
    std::size_t cut = 0;
    for (auto const& trouble : report.troubles) {
        if (uri_of(trouble.where.file).empty()) {
            ++without_place;
            continue;
        }
        if (results.size() == most_results) {
            ++cut;
            continue;
        }
        std::string const rule = rule_of(trouble, report);
        auto const [at, added] = indices.emplace(rule, rules.size());
        if (added) {
            rules.push_back(rule_json(rule, trouble));
        }
        results.push_back(result_of(trouble, rule, at->second));
    }
    Value run{
        {"tool",
         {{"driver",
           {{"name", "Slipway"},
            {"version", report.version},
            {"semanticVersion", report.version},
            {"informationUri", home},
            {"rules", std::move(rules)}}}}},
        {"columnKind", "unicodeCodePoints"},
        {"invocations", Value::array({invocation_of(report, without_place, cut)})},
        {"results", std::move(results)}};
    return json::write(
        {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
         {"version", "2.1.0"},
         {"runs", Value::array({std::move(run)})}},
        true);
}

} // namespace slipway::report_render
