// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "testreport/formats.hpp"
#include "testreport/place.hpp"
#include "text/join.hpp"

#include <charconv>

#include <fmt/format.h>

namespace slipway::testreport {

namespace {

struct Line {
    std::size_t indent = 0;
    std::string_view text;
};

Line line_of(std::string_view raw) {
    auto const start = raw.find_first_not_of(' ');
    return start == std::string_view::npos ? Line{} : Line{start, raw.substr(start)};
}

std::optional<std::int64_t> plan_of(std::string_view text) {
    if (!text.starts_with("1..")) {
        return std::nullopt;
    }
    std::int64_t count = 0;
    auto const [end, code] = std::from_chars(text.data() + 3, text.data() + text.size(), count);
    static_cast<void>(end);
    return code == std::errc{} ? std::optional{count} : std::nullopt;
}

// Takes a stream apart. A test point behind its subtests is their parent: it is told itself only
// where it failed and none of them did, for else each failure would count twice.
class TapReader {
public:
    TapReader(std::string const& name, Each const& each) : name_(name), each_(each) {}

    void read(std::string_view text) {
        for (auto const raw : text::lines(text)) {
            ++number_;
            if (in_details_) {
                details(raw);
                continue;
            }
            take(line_of(raw));
        }
        flush();
        finish();
    }

private:
    struct Level {
        std::string name; // of the subtest
        std::optional<std::int64_t> plan;
        std::int64_t points = 0;
        bool had_bad = false;
    };

    void take(Line const& line) {
        auto const depth = line.indent / 4;
        if (line.text.starts_with("ok") || line.text.starts_with("not ok")) {
            flush();
            point(line.text, depth);
        } else if (auto const plan = plan_of(line.text)) {
            level(depth).plan = plan;
            any_ = true;
        } else if (line.text.starts_with("# Subtest: ")) {
            flush();
            subtests_.push_back({depth, std::string{line.text.substr(11)}});
        } else if (line.text == "}" && !blocks_.empty()) {
            flush();
            end_block(depth);
        } else if (line.text.starts_with("Bail out!")) {
            flush();
            Case out;
            out.name = "the whole run";
            out.outcome = Outcome::error;
            out.message = std::string{line.text};
            out.where = {name_, number_, 0};
            each_(std::move(out));
            bailed_ = true;
        } else if (line.text == "---" && pending_) {
            in_details_ = true;
            details_indent_ = line.indent;
        }
    }

    void point(std::string_view text, std::size_t depth) {
        any_ = true;
        Case out;
        bool const ok = text.starts_with("ok");
        text = text::trim(text.substr(ok ? 2 : 6));
        auto const digits = text.find_first_not_of("0123456789");
        text = digits == std::string_view::npos ? std::string_view{} : text.substr(digits);
        text = text::trim(text);
        if (text.starts_with("- ")) {
            text = text.substr(2);
        }
        // tap-parser's way, and vitest's: the subtests follow their parent in braces.
        bool const begins_block = text.ends_with(" {");
        text = begins_block ? text.substr(0, text.size() - 2) : text;
        auto const mark = text.find(" # ");
        auto const directive =
            text::lower(mark == std::string_view::npos ? "" : text.substr(mark + 3));
        out.name = text::trim(text.substr(0, mark));
        bool const excused = directive.starts_with("todo") || directive.starts_with("skip");
        out.outcome = excused ? Outcome::skipped : ok ? Outcome::passed : Outcome::failed;
        if (excused) {
            out.message = directive;
        }
        if (begins_block) {
            begin_block(std::move(out), depth);
            return;
        }
        if (directive.starts_with("time=")) {
            out.details = "duration_ms: " + directive.substr(5) + "\n";
        }
        bool const had_children = levels_.size() > depth + 1 && levels_[depth + 1].points > 0;
        bool const child_failed = had_children && levels_[depth + 1].had_bad;
        if (had_children) {
            promise(levels_[depth + 1], out.name);
        }
        levels_.resize(std::min(levels_.size(), depth + 1));
        std::erase_if(subtests_, [&](auto const& one) { return one.first >= depth; });
        auto& own = level(depth);
        ++own.points;
        own.had_bad = own.had_bad || out.bad();
        out.where = {name_, number_, 0};
        out.suite = suite_at(depth);
        pending_ = std::move(out);
        parent_ = had_children && (child_failed || !pending_->bad());
    }

    void begin_block(Case parent, std::size_t depth) {
        ++level(depth).points;
        levels_.resize(depth + 1);
        std::erase_if(subtests_, [&](auto const& one) { return one.first >= depth; });
        parent.suite = suite_at(depth);
        parent.where = {name_, number_, 0};
        subtests_.emplace_back(depth, parent.name);
        blocks_.push_back(std::move(parent));
    }

    void end_block(std::size_t depth) {
        Case parent = std::move(blocks_.back());
        blocks_.pop_back();
        auto const below = levels_.size() > depth + 1 ? levels_[depth + 1] : Level{};
        promise(below, parent.name);
        auto& own = level(depth);
        own.had_bad = own.had_bad || parent.bad();
        levels_.resize(depth + 1);
        std::erase_if(subtests_, [&](auto const& one) { return one.first >= depth; });
        if (below.points == 0 || (parent.bad() && !below.had_bad)) {
            each_(std::move(parent));
        }
    }

    // The names of the subtests that are open around this depth.
    [[nodiscard]] std::string suite_at(std::size_t depth) const {
        std::vector<std::string> names;
        for (auto const& [at, name] : subtests_) {
            if (at < depth) {
                names.push_back(name);
            }
        }
        return text::join(names, " › ");
    }

    void details(std::string_view raw) {
        auto const line = line_of(raw);
        if (line.text == "..." && line.indent == details_indent_) {
            in_details_ = false;
            return;
        }
        pending_->details += std::string{raw} + "\n";
    }

    // The value of `key: …` of the details.
    [[nodiscard]] static std::string value_of(std::string_view details, std::string_view key) {
        bool below = false;
        for (auto line : text::lines(details)) {
            line = text::trim(line);
            if (below) {
                return std::string{line};
            }
            if (line.starts_with(key)) {
                auto value = text::trim(line.substr(key.size()));
                below = value == "|-" || value == "|" || value == ">-";
                if (!below) {
                    bool const quoted =
                        value.size() > 1 && (value.front() == '\'' || value.front() == '"');
                    return std::string{quoted ? value.substr(1, value.size() - 2) : value};
                }
            }
        }
        return {};
    }

    void flush() {
        in_details_ = false;
        if (!pending_) {
            return;
        }
        Case out = std::move(*pending_);
        pending_.reset();
        auto const time = value_of(out.details, "duration_ms:");
        double value = 0;
        if (std::from_chars(time.data(), time.data() + time.size(), value).ec == std::errc{} &&
            !time.empty() && value >= 0 && value < 1e12) {
            out.duration = time::Milliseconds{static_cast<std::int64_t>(value)};
        }
        if (out.bad()) {
            for (char const* key : {"error:", "message:"}) {
                out.message = out.message.empty() ? value_of(out.details, key) : out.message;
            }
            auto found = place_in(out.details);
            if (!found.known()) {
                found = place_in("at: \"" + value_of(out.details, "location:") + "\"");
            }
            out.where = found.known() ? found : out.where;
        }
        out.details = out.bad() ? shortened(out.details) : "";
        if (!parent_) {
            each_(std::move(out));
        }
    }

    Level& level(std::size_t depth) {
        while (levels_.size() <= depth) {
            levels_.emplace_back();
        }
        return levels_[depth];
    }

    void promise(Level const& level, std::string const& whose) {
        if (level.plan && *level.plan > level.points && !bailed_) {
            Case out;
            out.suite = whose;
            out.name = "the plan";
            out.outcome = Outcome::error;
            out.message = fmt::format(
                "{} were planned, {} are there",
                text::counted(static_cast<std::size_t>(*level.plan), "test"),
                level.points);
            out.where = {name_, number_, 0};
            each_(std::move(out));
        }
    }

    void finish() {
        if (!any_ && !bailed_) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} has no line of TAP: no plan and no test", name_),
                "Was the test runner ended before it wrote, or is this another format?"}
                .with_where({name_, number_, 0});
        }
        if (!levels_.empty()) {
            promise(levels_.front(), "");
            if (!levels_.front().plan && !bailed_) {
                Case out;
                out.name = "the plan";
                out.outcome = Outcome::error;
                out.message = "there is no plan (1..N): the run was cut off";
                out.where = {name_, number_, 0};
                each_(std::move(out));
            }
        }
    }

    std::string const& name_;
    Each const& each_;
    std::int64_t number_ = 0;
    bool any_ = false;
    bool bailed_ = false;
    bool parent_ = false;
    bool in_details_ = false;
    std::size_t details_indent_ = 0;
    std::optional<Case> pending_;
    std::vector<Level> levels_;
    std::vector<Case> blocks_;                                  // parents whose braces are open
    std::vector<std::pair<std::size_t, std::string>> subtests_; // depth and name
};

} // namespace

std::int64_t read_tap(std::string_view text, std::string const& name, Each const& each) {
    TapReader{name, each}.read(text);
    return 0;
}

} // namespace slipway::testreport
