// SPDX-License-Identifier: Apache-2.0
#include "fingerprint.hpp"

#include "hash/digest.hpp"
#include "text/join.hpp"

#include <array>
#include <vector>

#include <re2/re2.h>

namespace slipway::monitor {

namespace {

constexpr std::size_t most_frames = 4;
constexpr std::size_t longest_masked = 2000;
constexpr std::size_t digits = 16;

struct Rewrite {
    re2::RE2 pattern;
    std::string by;
};

using Rewrites = std::vector<std::unique_ptr<Rewrite>>;

Rewrites rewrites(std::vector<std::pair<std::string, std::string>> const& list) {
    Rewrites out;
    re2::RE2::Options options;
    options.set_case_sensitive(false);
    for (auto const& [pattern, by] : list) {
        out.push_back(std::unique_ptr<Rewrite>(new Rewrite{{pattern, options}, by}));
    }
    return out;
}

std::string rewritten(std::string out, Rewrites const& by) {
    for (auto const& each : by) {
        re2::RE2::GlobalReplace(&out, each->pattern, each->by);
    }
    return out;
}

// A name after such a word is what the event is about; any other quoted text is data.
Rewrites const& masks() {
    static Rewrites const out = rewrites({
        {R"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z| ?[+-]\d\d:?\d\d)?( UTC)?)", "<time>"},
        {R"(\b(mon|tue|wed|thu|fri|sat|sun)?,? ?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) +\d{1,2},? (\d{4} )?\d\d:\d\d:\d\d)",
         "<time>"},
        {R"(\b\d\d:\d\d:\d\d([.,]\d+)?\b)", "<time>"},
        {R"(\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)", "<uuid>"},
        {R"re(\b(relation|column|constraint|table|function|index|type|schema|database|role|property|module|key) ["']([A-Za-z_][\w.]{0,62})["'])re",
         R"(\1 ‹\2›)"},
        {R"re("[^"\n]{0,400}")re", "<text>"},
        {R"re('[^'\n]{0,400}')re", "<text>"},
        {R"(\bhttps?://[^\s<>]+)", "<url>"},
        {R"(\b0x[0-9a-f]+\b)", "<hex>"},
        {R"(\b[0-9a-f]*\d[0-9a-f]{7,}\b|\b[0-9a-f]{7,}\d[0-9a-f]*\b)", "<hex>"},
        {R"(\d+(\.\d+)*)", "<n>"},
        {R"([ \t]+)", " "},
    });
    return out;
}

Rewrites const& secrets() {
    static Rewrites const out = rewrites({
        {R"(-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$))",
         "***"},
        {R"(\b([a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]+@)", R"(\1:***@)"},
        {R"(\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*)", "***"},
        {R"re((\bauthorization["']?\s*[=:]\s*["']?(?:\w+ +)?)[^\s"',]+)re", R"(\1***)"},
        {R"(\bbearer +[\w.~+/=-]{8,})", "bearer ***"},
        {R"(\b(A[KS]IA[0-9A-Z]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abprs]-[\w-]{10,}|[sr]k_(live|test)_\w{10,}|AIza[\w-]{30,}|AGE-SECRET-KEY-1\w+|glpat-[\w-]{16,}))",
         "***"},
        {R"re((["']?\b[\w.-]{0,40}(password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|cookie|session[_-]?id|credential)[\w-]{0,20}["']?\s*[=:]\s*)("[^"\n]*"|'[^'\n]*'|[^\s,;&}"']+))re",
         R"(\1***)"},
        {R"(\b[\w.%+-]+@[\w-]+(\.[\w-]+)+\b)", "<e-mail>"},
        {R"(\b(\d[ -]?){13,18}\d\b)", "<digits>"},
    });
    return out;
}

bool is_frame(std::string_view line) {
    auto const text = text::trim(line);
    return text.starts_with("at ") || text.starts_with("File \"") || text.starts_with("#") ||
           line.starts_with("\t");
}

} // namespace

std::string masked(std::string_view text) {
    return rewritten(std::string{text.substr(0, longest_masked)}, masks());
}

std::string without_secrets(std::string_view text) {
    return rewritten(std::string{text}, secrets());
}

std::string fingerprint(std::string_view class_name, std::string_view text) {
    auto const lines = text::lines(text);
    std::string all{class_name};
    std::size_t frames = 0;
    for (std::size_t i = 0; i < lines.size() && frames < most_frames; ++i) {
        bool const frame = is_frame(lines[i]);
        if (i > 0 && !frame && (lines[i].empty() || lines[i].front() == ' ')) {
            continue; // values below the message, source lines below a frame
        }
        frames += frame ? 1U : 0U;
        all += "\n" + masked(lines[i]);
    }
    return hash::sha256_hex(all).substr(0, digits);
}

} // namespace slipway::monitor
