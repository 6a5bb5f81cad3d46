// SPDX-License-Identifier: Apache-2.0
// The plan's syntax and the text behind an identifier: App::Sqitch::Plan, ::Plan::Change and
// ::Plan::Tag of sqitch 1.3.1.
#include "migration/sqitch_plan.hpp"

#include "error/error.hpp"
#include "hash/digest.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

constexpr auto none = std::string_view::npos;

// What a line of a change or tag has in common.
struct PlanLine {
    std::string name;
    std::string dependencies; // between the brackets
    std::string date;
    std::string planner;
    std::string email;
    std::string note;
};

std::string unescaped(std::string_view note) {
    std::string out;
    for (std::size_t at = 0; at < note.size(); ++at) {
        char const next = at + 1 < note.size() ? note[at + 1] : '\0';
        bool const escape = note[at] == '\\' && (next == 'n' || next == 'r' || next == '\\');
        if (escape) {
            out += next == 'n' ? '\n' : next == 'r' ? '\r' : '\\';
            ++at;
        } else {
            out += note[at];
        }
    }
    return out;
}

bool is_date(std::string_view word) {
    constexpr std::string_view shape = "0000-00-00T00:00:00Z";
    return std::equal(
        word.begin(), word.end(), shape.begin(), shape.end(), [](char byte, char wanted) {
            return wanted == '0' ? byte >= '0' && byte <= '9' : byte == wanted;
        });
}

// As URI's canonical(), for the addresses that need no more than this.
std::string canonical(std::string const& uri) {
    auto const scheme = uri.find("://");
    if (scheme == std::string::npos) {
        return uri;
    }
    auto const path = std::min(uri.find('/', scheme + 3), uri.size());
    return text::lower(uri.substr(0, path)) + (path == uri.size() ? "/" : uri.substr(path));
}

class PlanReader {
public:
    PlanReader(fs::Path const& path, std::string_view content) : path_(path), content_(content) {}

    std::vector<PlannedChange> read() {
        for (auto const line : text::lines(content_)) {
            ++line_;
            take(line);
        }
        for (auto const& change : changes_) {
            require_known_conflicts(change);
        }
        return std::move(changes_);
    }

private:
    [[noreturn]] void fail(std::string_view what, std::string hint = {}) const {
        Where const where{path_.string(), line_, 0};
        throw Error{ErrorKind::usage, fmt::format("{}: {}", where.text(), what), std::move(hint)}
            .with_where(where);
    }

    void take(std::string_view line) {
        auto const trimmed = text::trim(line);
        if (trimmed.empty() || trimmed.front() == '#') {
            return;
        }
        if (trimmed.front() == '%') {
            take_pragma(trimmed.substr(1));
            return;
        }
        if (project_.empty()) {
            fail("a change before the %project pragma");
        }
        bool const tag = trimmed.front() == '@';
        auto const parts = parts_of(trimmed.substr(tag || trimmed.front() == '+' ? 1 : 0));
        if (tag) {
            take_tag(parts);
        } else {
            take_change(parts);
        }
    }

    void take_pragma(std::string_view pragma) {
        auto const text = pragma.substr(0, pragma.find('#'));
        auto const is = text.find('=');
        auto const name = text::trim(text.substr(0, is));
        auto const value = is == none ? std::string_view{} : text::trim(text.substr(is + 1));
        if (name == "project") {
            project_ = value;
        } else if (name == "uri") {
            uri_ = value;
            if (uri_.find('%') != std::string::npos || uri_.find("://") == std::string::npos) {
                fail("the identifiers of a project with this URI cannot be computed");
            }
        } else if (name == "syntax-version" && !value.starts_with("1.")) {
            fail(fmt::format("the syntax version {} is not known", value));
        }
    }

    // `name [dependencies] date planner <email> # note`
    [[nodiscard]] PlanLine parts_of(std::string_view line) const {
        PlanLine out;
        auto const hash = line.find('#');
        if (hash != none) {
            out.note = unescaped(text::trim(line.substr(hash + 1)));
        }
        auto rest = text::trim(line.substr(0, hash));
        if (rest.starts_with('-')) {
            fail("a change that is to be reverted is not understood");
        }
        out.name = take_word(rest);
        if (rest.starts_with('[')) {
            auto const end = rest.find(']');
            if (end == none) {
                fail("the dependencies do not end");
            }
            out.dependencies = rest.substr(1, end - 1);
            rest = text::trim(rest.substr(end + 1));
        }
        out.date = take_word(rest);
        auto const mail = rest.find('<');
        bool const planned = is_date(out.date) && mail != none && mail > 0 && rest.ends_with('>');
        if (!planned) {
            fail("there is no date, or no planner with an address");
        }
        // sqitch leaves all blanks but the last to the name.
        out.planner = rest.substr(0, mail - 1);
        out.email = rest.substr(mail + 1, rest.size() - mail - 2);
        return out;
    }

    static std::string take_word(std::string_view& rest) {
        auto const end = std::min(rest.find_first_of(" \t"), rest.size());
        std::string word{rest.substr(0, end)};
        rest = text::trim(rest.substr(end));
        return word;
    }

    // The text of which the digest is the identifier.
    [[nodiscard]] std::string
    identifier(std::string_view kind, std::string const& inner, PlanLine const& line) const {
        std::string info = "project " + project_ + "\n";
        if (!uri_.empty()) {
            info += "uri " + canonical(uri_) + "\n";
        }
        info += inner;
        if (!line.note.empty()) {
            info += "\n\n" + line.note;
        }
        std::string text = fmt::format("{} {}", kind, info.size());
        text += '\0';
        return hash::sha1_hex(text + info);
    }

    static std::string planned_by(PlanLine const& line) {
        return fmt::format("planner {} <{}>\ndate {}", line.planner, line.email, line.date);
    }

    void take_tag(PlanLine const& line) {
        if (changes_.empty()) {
            fail(fmt::format("the tag @{} has no change before it", line.name));
        }
        if (!line.dependencies.empty()) {
            fail("a tag with dependencies");
        }
        auto& change = changes_.back();
        std::string const name = "@" + line.name;
        if (!tags_.emplace(name, changes_.size() - 1).second) {
            fail(fmt::format("the tag {} is there twice", name));
        }
        std::string const inner =
            fmt::format("tag {}\nchange {}\n{}", name, change.id, planned_by(line));
        change.tags.push_back(
            {identifier("tag", inner, line), name, line.note, line.date, line.planner, line.email});
    }

    void take_change(PlanLine const& line) {
        if (names_.contains(line.name)) {
            fail(
                fmt::format("the change {} is there a second time", line.name),
                "A reworked change has scripts that are found by its tags; that cannot be done "
                "exactly here. Deploy this plan with sqitch itself.");
        }
        PlannedChange change;
        change.project = project_;
        change.uri = uri_;
        change.name = line.name;
        change.note = line.note;
        change.date = line.date;
        change.planner = line.planner;
        change.email = line.email;
        change.dependencies = dependencies_of(line);
        std::string inner = "change " + line.name + "\n";
        if (!changes_.empty()) {
            change.parent = changes_.back().id;
            inner += "parent " + change.parent + "\n";
        }
        inner += planned_by(line) + list("requires\n  + ", "\n  + ", change, false) +
                 list("conflicts\n  - ", "\n  - ", change, true);
        change.id = identifier("change", inner, line);
        names_.emplace(line.name, changes_.size());
        changes_.push_back(std::move(change));
    }

    static std::string list(
        std::string_view before,
        std::string_view between,
        PlannedChange const& change,
        bool conflicts) {
        std::vector<std::string> texts;
        for (auto const& one : change.dependencies) {
            if (one.conflict == conflicts) {
                texts.push_back(one.text);
            }
        }
        return texts.empty() ? "" : "\n" + std::string{before} + text::join(texts, between);
    }

    // Those required come first, as sqitch keeps them.
    [[nodiscard]] std::vector<PlannedDependency> dependencies_of(PlanLine const& line) const {
        std::vector<PlannedDependency> out;
        for (auto rest = text::trim(line.dependencies); !rest.empty();) {
            std::string word = take_word(rest);
            PlannedDependency one;
            one.conflict = word.front() == '!';
            one.text = one.conflict ? word.substr(1) : word;
            if (one.text.starts_with(project_ + ":")) {
                one.text.erase(0, project_.size() + 1);
            }
            bool const outside =
                one.text.find(':') != std::string::npos ||
                (one.text.size() == 40 &&
                 one.text.find_first_not_of("0123456789abcdef") == std::string::npos);
            if (outside) {
                fail(
                    fmt::format("the dependency {} is on another project", word),
                    "Deploy this plan with sqitch itself.");
            }
            if (!one.conflict) {
                one.id = id_of(one.text);
            }
            out.push_back(std::move(one));
        }
        std::stable_partition(
            out.begin(), out.end(), [](PlannedDependency const& one) { return !one.conflict; });
        return out;
    }

    // They may come later in the plan.
    void require_known_conflicts(PlannedChange const& change) const {
        for (auto const& one : change.dependencies) {
            bool const known =
                !one.conflict || names_.contains(one.text.substr(0, one.text.find('@')));
            if (!known) {
                fail(fmt::format(
                    "{} conflicts with what is not planned: {}", change.name, one.text));
            }
        }
    }

    // `change`, `change@tag` or `@tag`.
    [[nodiscard]] std::string id_of(std::string const& dependency) const {
        auto const at = dependency.find('@');
        auto const tag = at == std::string::npos ? tags_.end() : tags_.find(dependency.substr(at));
        bool const lost = at != std::string::npos && tag == tags_.end();
        if (!lost && at == 0) {
            return changes_[tag->second].id;
        }
        auto const change = names_.find(dependency.substr(0, at));
        if (lost || change == names_.end()) {
            fail(fmt::format("what is required is not before it in the plan: {}", dependency));
        }
        return changes_[change->second].id;
    }

    fs::Path const& path_;
    std::string_view content_;
    std::int64_t line_ = 0;
    std::string project_;
    std::string uri_;
    std::vector<PlannedChange> changes_;
    std::map<std::string, std::size_t> names_;
    std::map<std::string, std::size_t> tags_;
};

} // namespace

std::vector<PlannedChange> read_sqitch_plan(fs::Path const& path, std::string_view content) {
    return PlanReader{path, content}.read();
}

std::map<std::string, std::string> read_sqitch_conf(fs::Path const& path) {
    std::map<std::string, std::string> out;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        return out;
    }
    std::string const content = fs::read_file(path, 1U << 20U);
    std::string section;
    for (auto const line : text::lines(content)) {
        auto const trimmed = text::trim(line);
        if (trimmed.starts_with('[')) {
            section =
                text::lower(text::replace_all(trimmed.substr(1, trimmed.find(']') - 1), "\"", ""));
        } else if (!trimmed.empty() && trimmed.front() != '#' && trimmed.front() != ';') {
            auto const is = trimmed.find('=');
            auto const value =
                is == none ? std::string_view{"true"} : text::trim(trimmed.substr(is + 1));
            out[section + "." + text::lower(text::trim(trimmed.substr(0, is)))] =
                text::replace_all(value, "\"", "");
        }
    }
    return out;
}

} // namespace slipway::migration
