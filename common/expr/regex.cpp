// SPDX-License-Identifier: Apache-2.0
#include "expr/regex.hpp"

#include "error/error.hpp"
#include "text/utf8.hpp"

#include <re2/re2.h>

namespace slipway::expr {

namespace {

constexpr std::size_t longest_pattern = std::size_t{64} << 10U;
constexpr std::int64_t most_memory = std::int64_t{8} << 20U;

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

re2::RE2::Options options(bool ignore_case) {
    re2::RE2::Options chosen{re2::RE2::Quiet};
    chosen.set_max_mem(most_memory);
    chosen.set_case_sensitive(!ignore_case);
    return chosen;
}

} // namespace

struct Regex::Parts {
    Parts(std::string_view pattern, bool ignore_case)
        : compiled(piece(pattern), options(ignore_case)) {}
    re2::RE2 compiled;
};

Regex::Regex(std::string_view pattern, bool ignore_case) {
    if (pattern.size() > longest_pattern) {
        throw Error{ErrorKind::usage, "the regular expression is longer than 64 KiB"};
    }
    parts_ = std::make_shared<Parts>(pattern, ignore_case);
    if (!parts_->compiled.ok()) {
        throw Error{
            ErrorKind::usage,
            "/" + text::printable_line(pattern.substr(0, 200)) +
                "/ is no regular expression: " + text::printable_line(parts_->compiled.error()),
            "The syntax is RE2's (https://github.com/google/re2/wiki/Syntax): no look-around, no "
            "back references."};
    }
}

std::optional<Regex> Regex::between_slashes(std::string_view text) {
    bool const ignore_case = text.ends_with("/i");
    if (ignore_case) {
        text.remove_suffix(1);
    }
    if (text.size() < 2 || !text.starts_with('/') || !text.ends_with('/')) {
        return std::nullopt;
    }
    return Regex{text.substr(1, text.size() - 2), ignore_case};
}

bool Regex::found_in(std::string_view text) const {
    return re2::RE2::PartialMatch(piece(text), parts_->compiled);
}

bool Regex::matches(std::string_view text) const {
    return re2::RE2::FullMatch(piece(text), parts_->compiled);
}

std::vector<std::string_view> Regex::groups(std::string_view text) const {
    std::vector<re2::StringPiece> found(
        static_cast<std::size_t>(parts_->compiled.NumberOfCapturingGroups()) + 1);
    std::vector<std::string_view> views;
    if (parts_->compiled.Match(
            piece(text),
            0,
            text.size(),
            re2::RE2::UNANCHORED,
            found.data(),
            static_cast<int>(found.size()))) {
        for (auto const& group : found) {
            views.emplace_back(group.data(), group.size());
        }
    }
    return views;
}

std::string const& Regex::pattern() const {
    return parts_->compiled.pattern();
}

} // namespace slipway::expr
