// SPDX-License-Identifier: Apache-2.0
#include "lint/lint.hpp"

#include "fs/let_go.hpp"
#include "lint/ignore.hpp"
#include "lint/scene.hpp"
#include "sql/parse.hpp"
#include "sql/split.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::lint {

namespace {

using Control = sql::Nature::Control;

// A bulk of rows says nothing about the schema, and its tree would take fifty times its room.
constexpr std::size_t most_bytes_to_parse = 1'000'000;
constexpr std::size_t most_bytes_shown = 200;

std::set<std::string_view> active_rules(Settings const& settings) {
    std::set<std::string_view> active;
    for (Rule const& rule : rules()) {
        if (rule.standard) {
            active.insert(rule.id);
        }
    }
    auto const each = [](std::string const& word, auto const& act) {
        auto const named = rules_named(word);
        if (named.empty() && word != "all") {
            std::vector<std::string> ids;
            for (Rule const& rule : rules()) {
                ids.emplace_back(rule.id);
            }
            auto const near = text::nearest(word, ids);
            throw Error{
                ErrorKind::usage,
                fmt::format("no lint rule {}", word),
                near.empty() ? "docs/lint/index.md lists the rules."
                             : fmt::format("Did you mean {}?", near)};
        }
        for (Rule const& rule : rules()) {
            if (word == "all" || std::find(named.begin(), named.end(), &rule) != named.end()) {
                act(rule.id);
            }
        }
    };
    for (auto const& word : settings.enable) {
        each(word, [&](std::string_view id) { active.insert(id); });
    }
    for (auto const& word : settings.disable) {
        each(word, [&](std::string_view id) { active.erase(id); });
    }
    return active;
}

// The beginning of a statement with one blank for all white space.
std::string one_line(std::string_view statement) {
    std::string out;
    for (char const byte : statement) {
        bool const blank = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
        if (!blank) {
            out += byte;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
        if (out.size() > most_bytes_shown) {
            break;
        }
    }
    return out;
}

// One file on its way through the rules.
class FileCheck {
public:
    FileCheck(Scene& scene, Source const& source, std::size_t index)
        : scene_(scene), source_(source), index_(index) {}

    void run() {
        if (!split()) {
            return;
        }
        std::size_t const first = scene_.findings.size();
        scene_.begin_file(index_, transactional_);
        fs::Behind behind{source_.text};
        for (std::size_t at = 0; at < statements_.size(); ++at) {
            scene_.begin_statement(place_of(at));
            judge(at);
            behind.pass(statements_[at].offset);
        }
        judge_end();
        silence(first);
    }

private:
    bool split() {
        try {
            sql::split(source_.text, source_.file, [this](sql::Statement const& statement) {
                bool const meta = statement.kind == sql::Statement::Kind::meta;
                statements_.push_back(statement);
                natures_.push_back(meta ? sql::Nature{} : sql::classify(statement.text));
                transactional_ = transactional_ && !natures_.back().refuses_transaction;
            });
        } catch (Error const& error) {
            Finding whole;
            whole.where = error.where().known() ? error.where() : Where{source_.file, 1, 1};
            whole.source = index_;
            scene_.begin_statement(whole);
            std::string const place = error.where().text() + ": ";
            bool const placed = error.message().starts_with(place);
            scene_.report(
                "syntax-error",
                error.message().substr(placed ? place.size() : 0),
                error.hint().empty()
                    ? "migrate-apply cannot split this file, and applies none of it."
                    : error.hint());
            return false;
        }
        transactional_ = transactional_ && source_.transactional.value_or(true);
        wrapped_ = statements_.size() >= 2 && natures_.front().control == Control::begin &&
                   natures_.back().control == Control::commit;
        return true;
    }

    [[nodiscard]] Finding place_of(std::size_t at) const {
        auto const& statement = statements_[at];
        Finding place;
        place.where = {source_.file, statement.line, statement.column};
        place.statement = text::shorten(one_line(statement.text), most_bytes_shown);
        place.source = index_;
        place.offset = statement.offset;
        return place;
    }

    void judge(std::size_t at) {
        auto const& statement = statements_[at];
        if (statement.kind == sql::Statement::Kind::meta) {
            return;
        }
        if (natures_[at].transaction_control()) {
            judge_control(at);
            return;
        }
        if (statement.text.size() > most_bytes_to_parse) {
            return;
        }
        judge_names(scene_, statement.text);
        auto const parsed = sql::parse(statement.text);
        auto const actions = sql::actions_of(parsed, statement.text);
        if (!actions) {
            unparsed_.insert(at);
            Finding place = place_of(at);
            if (parsed.position > 0) {
                place.where = sql::place_of_error(
                    source_.text, statement.offset, parsed.position, source_.file);
            }
            scene_.begin_statement(place);
            scene_.report(
                "unparsed",
                fmt::format("not judged: {}", parsed.message),
                "Newer syntax and placeholders are not known here; migrate-apply applies it all "
                "the same.");
            return;
        }
        for (auto const& action : *actions) {
            judge_indexes(scene_, action);
            judge_constraints(scene_, action);
            judge_columns(scene_, action);
            judge_objects(scene_, action);
            judge_types(scene_, action);
            judge_rows(scene_, action);
            judge_style(scene_, action);
            scene_.learn(action);
        }
    }

    void judge_control(std::size_t at) {
        auto const nest = [this](std::string message) {
            scene_.report(
                "transaction-nesting",
                std::move(message),
                "Leave transactions to migrate-apply, or put BEGIN first and COMMIT last.");
        };
        auto const control = natures_[at].control;
        if (control == Control::begin) {
            if (scene_.in_block) {
                nest("a transaction is open already");
            } else if (!wrapped_) {
                open_ = at;
            }
            scene_.in_block = true;
        } else if (control == Control::commit || control == Control::rollback) {
            if (!scene_.in_block) {
                nest("ends a transaction that the file has not begun");
            } else if (!wrapped_ && open_) {
                scene_.begin_statement(place_of(*open_));
                nest("a transaction of its own for a part of the file is refused");
            } else if (wrapped_ && at + 1 < statements_.size()) {
                nest("ends the transaction before the file does");
            }
            open_.reset();
            scene_.in_block = false;
            scene_.end_transaction();
        }
    }

    void judge_end() {
        if (open_) {
            scene_.begin_statement(place_of(*open_));
            scene_.report(
                "ban-uncommitted-transaction",
                "this transaction is never committed",
                "Say COMMIT at the end, or leave BEGIN out: migrate-apply makes the transaction.");
        }
    }

    // Whether the comment names the rule, and for this statement.
    [[nodiscard]] bool covers(Ignore const& ignore, Finding const& finding) const {
        bool const here =
            ignore.whole_file || (ignore.statement < statements_.size() &&
                                  statements_[ignore.statement].offset == finding.offset);
        return here &&
               (ignore.every_rule ||
                std::any_of(ignore.names.begin(), ignore.names.end(), [&](std::string const& name) {
                    auto const named = rules_named(name);
                    return std::any_of(named.begin(), named.end(), [&](Rule const* rule) {
                        return rule->id == finding.rule;
                    });
                }));
    }

    void silence(std::size_t first) {
        auto ignores = find_ignores(source_.text, statements_);
        auto const silenced = [&](Finding const& finding) {
            bool any = false;
            for (Ignore& ignore : ignores) {
                if (covers(ignore, finding)) {
                    ignore.used = true;
                    any = true;
                }
            }
            return any;
        };
        auto& all = scene_.findings;
        auto const begin = all.begin() + static_cast<std::ptrdiff_t>(first);
        all.erase(std::remove_if(begin, all.end(), silenced), all.end());
        for (Ignore const& ignore : ignores) {
            judge_ignore(ignore);
        }
    }

    void judge_ignore(Ignore const& ignore) {
        Finding place;
        place.source = index_;
        place.where = sql::place_in(source_.text, ignore.offset, source_.file);
        place.offset = ignore.statement < statements_.size() ? statements_[ignore.statement].offset
                                                             : ignore.offset;
        scene_.begin_statement(place);
        bool judged = !unparsed_.contains(ignore.statement);
        for (auto const& name : ignore.names) {
            auto const named = rules_named(name);
            if (named.empty()) {
                scene_.report(
                    "unused-ignore",
                    fmt::format("no rule {}", name),
                    "docs/lint/index.md lists the rules.");
            }
            judged = judged && std::any_of(named.begin(), named.end(), [&](Rule const* rule) {
                         return scene_.is_on(rule->id);
                     });
        }
        if (!ignore.used && judged) {
            scene_.report(
                "unused-ignore", "silences a rule that finds nothing here", "Remove the comment.");
        }
        if (ignore.reason.empty()) {
            bool const ours = ignore.dialect == Ignore::Dialect::slipway;
            scene_.report(
                "ignore-without-reason",
                "does not say why the rule is silenced",
                "Write the reason behind the rule's name: it is what the next reader asks.",
                ours ? Severity::warning : Severity::info);
        }
    }

    Scene& scene_;
    Source const& source_;
    std::size_t index_;
    std::vector<sql::Statement> statements_;
    std::vector<sql::Nature> natures_;
    std::set<std::size_t> unparsed_;
    std::optional<std::size_t> open_; // the BEGIN that is not committed yet
    bool transactional_ = true;
    bool wrapped_ = false; // BEGIN first and COMMIT last, which migrate-apply sets aside
};

} // namespace

std::vector<Finding> check(std::vector<Source> const& files, Settings const& settings) {
    Scene scene{settings, active_rules(settings)};
    for (std::size_t index = 0; index < files.size(); ++index) {
        FileCheck{scene, files[index], index}.run();
    }
    std::stable_sort(
        scene.findings.begin(), scene.findings.end(), [](Finding const& a, Finding const& b) {
            return std::tie(a.source, a.where.line, a.where.column) <
                   std::tie(b.source, b.where.line, b.where.column);
        });
    return std::move(scene.findings);
}

} // namespace slipway::lint
