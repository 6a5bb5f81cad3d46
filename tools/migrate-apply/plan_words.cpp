// SPDX-License-Identifier: Apache-2.0
#include "plan_words.hpp"

#include "progress/progress.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

using plan::Answer;
using plan::Blocks;
using plan::Datum;
using plan::Lock;
using plan::LockMode;

std::string with_commas(std::int64_t number) {
    std::string digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), ",");
    }
    return digits;
}

// `users (412 MB, about 1,200,000 rows)`
std::string size_of(Lock const& lock) {
    auto const& relation = *lock.effect.relation;
    if (relation.empty) {
        return relation.name.name + " (empty)";
    }
    auto const heirs = lock.effect.heirs == LockMode::none ? 0 : relation.descendants.size();
    return fmt::format(
        "{}{} ({}, {})",
        relation.name.name,
        heirs == 0 ? ""
                   : " and " + text::counted(heirs, relation.kind == 'p' ? "partition" : "heir"),
        progress::human_bytes(static_cast<std::uint64_t>(lock.bytes)),
        lock.rows ? fmt::format("about {} rows", with_commas(*lock.rows))
                  : "number of rows unknown");
}

// A lock that only keeps others from changing the same table is not worth a line.
bool matters(Lock const& lock) {
    return lock.effect.mode >= LockMode::share_update_exclusive || !lock.held_by.empty();
}

std::string lock_words(Lock const& lock) {
    auto const what = plan::blocks(lock.effect.mode);
    std::string const how_long = what == Blocks::nothing ? ""
                                 : lock.lasts.empty()    ? " for a moment"
                                                         : " " + lock.lasts;
    // Of an index there is nothing more to say than that it is built.
    std::string const why = lock.effect.why.empty() || lock.effect.work == plan::Work::index
                                ? ""
                                : " (" + text::join(lock.effect.why, "; ") + ")";
    return fmt::format(
        "{} on {}: {}{}{}",
        plan::name(lock.effect.mode),
        size_of(lock),
        plan::words(what),
        how_long,
        why);
}

std::string holder_words(plan::Holder const& holder) {
    return fmt::format(
        "{}{} {} {}{}",
        holder.application,
        holder.pid == 0 ? std::string{} : fmt::format(" (pid {})", holder.pid),
        holder.waits ? "waits for" : "holds",
        plan::name(holder.mode),
        holder.state.empty() ? std::string{}
                             : fmt::format(
                                   ", {}, its transaction {} old",
                                   holder.state,
                                   time::human_duration(holder.transaction_age)));
}

// Whoever comes and goes is in nobody's way; a lock that is asked for again a second later is.
bool stays(plan::Holder const& holder) {
    constexpr time::Milliseconds long_enough{1000};
    return holder.pid == 0 || holder.transaction_age >= long_enough;
}

bool is_broken(Datum const& datum) {
    return datum.answer.status == Answer::Status::broken;
}

std::string data_words(Datum const& datum) {
    return datum.question.about + ": " + plan::words(datum.question, datum.answer);
}

std::string finding_words(lint::Finding const& finding) {
    return fmt::format("{} [{}]", finding.message, finding.rule);
}

record::Check check_at(Planned const& planned, std::string_view kind, std::string title) {
    record::Check check;
    check.id = fmt::format("{}.{}:{}", kind, planned.id, planned.where.line);
    check.title = std::move(title);
    check.where = planned.where;
    check.status = record::CheckStatus::warned;
    check.severity = record::Severity::minor;
    return check;
}

record::CheckStatus status_of(Datum const& datum) {
    switch (datum.answer.status) {
    case Answer::Status::holds:
        return record::CheckStatus::passed;
    case Answer::Status::broken:
        return datum.question.kind == plan::Question::Kind::cut ? record::CheckStatus::warned
                                                                : record::CheckStatus::failed;
    case Answer::Status::depends:
        return record::CheckStatus::warned;
    case Answer::Status::undecided:
        // What lies in the future is nobody's fault; what could not be read in time may be.
        return datum.question.unanswerable.empty() ? record::CheckStatus::undecided
                                                   : record::CheckStatus::skipped;
    case Answer::Status::not_yet:
        return record::CheckStatus::skipped;
    }
    return record::CheckStatus::undecided;
}

record::Check data_check(Planned const& planned, Datum const& datum) {
    auto check = check_at(planned, "data", datum.question.about);
    check.status = status_of(datum);
    check.severity = record::Severity::major;
    check.message = plan::words(datum.question, datum.answer);
    check.duration = datum.answer.took;
    if (check.status == record::CheckStatus::failed) {
        check.hint = "Mend the data before, in a migration of its own or in this one.";
    } else if (check.status == record::CheckStatus::undecided) {
        check.hint = "Give it more time with --data-timeout, or look yourself.";
    }
    return check;
}

void add_lock_checks(Planned const& planned, std::vector<record::Check>& out) {
    constexpr std::int64_t small = 8'000'000;
    for (auto const& lock : planned.outlook->locks) {
        if (!lock.lasts.empty()) {
            auto check = check_at(planned, "lock", "blocks " + lock.effect.relation->name.name);
            check.severity = lock.bytes < small ? record::Severity::minor : record::Severity::major;
            check.message = lock_words(lock);
            check.hint = planned.outlook->safer;
            out.push_back(std::move(check));
        }
        if (std::any_of(lock.held_by.begin(), lock.held_by.end(), stays)) {
            auto check =
                check_at(planned, "waits", "would wait for " + lock.effect.relation->name.name);
            std::vector<std::string> who;
            for (auto const& holder : lock.held_by) {
                who.push_back(holder_words(holder));
            }
            check.message = text::join_first(who, "; ", 3);
            check.hint = "Wait until they are done, or end them: select pg_terminate_backend(pid).";
            out.push_back(std::move(check));
        }
    }
}

// What is empty is left out: a plan may be of thousands of statements.
json::Value lock_json(Lock const& lock) {
    auto const& effect = lock.effect;
    json::Value out{
        {"object", effect.relation->name.schema + "." + effect.relation->name.name},
        {"mode", plan::name(effect.mode)},
        {"blocks", plan::name(plan::blocks(effect.mode))},
        {"work", plan::name(effect.work)},
        {"bytes", lock.bytes},
        {"rows", lock.rows ? json::Value(*lock.rows) : json::Value()}};
    if (!effect.why.empty()) {
        out["why"] = effect.why;
    }
    if (!lock.lasts.empty()) {
        out["lasts"] = lock.lasts;
    }
    if (effect.heirs != LockMode::none) {
        out["partitions"] = {
            {"count", effect.relation->descendants.size()}, {"mode", plan::name(effect.heirs)}};
    }
    for (auto const& holder : lock.held_by) {
        out["held_by"].push_back(
            {{"pid", holder.pid},
             {"application", holder.application},
             {"state", holder.state},
             {"transaction_age_ms", holder.transaction_age.count()},
             {"mode", plan::name(holder.mode)},
             {"waits", holder.waits}});
    }
    return out;
}

json::Value datum_json(Datum const& datum) {
    auto const& answer = datum.answer;
    json::Value out{
        {"kind", plan::name(datum.question.kind)},
        {"about", datum.question.about},
        {"status", plan::name(answer.status)},
        {"rows", answer.rows},
        {"at_least", answer.at_least},
        {"duration_ms", answer.took.count()}};
    if (answer.values) {
        out["values"] = *answer.values;
    }
    if (!answer.keys.empty()) {
        out["keys"] = answer.keys;
    }
    if (!answer.reason.empty()) {
        out["reason"] = answer.reason;
    }
    return out;
}

} // namespace

void tell(Planned const& planned, log::Logger& log) {
    auto const& outlook = *planned.outlook;
    log.info(fmt::format("  line {}: {}", planned.where.line, planned.text));
    if (!outlook.actions) {
        log.info("    unparsed: longer than a megabyte, or newer than PostgreSQL 15: its locks and "
                 "its data are not known");
    }
    for (auto const& lock : outlook.locks) {
        if (!lock.lasts.empty()) {
            log.warning("    " + lock_words(lock));
        } else if (matters(lock)) {
            log.info("    " + lock_words(lock));
        }
        for (auto const& holder : lock.held_by) {
            auto const words = "    would wait for: " + holder_words(holder);
            stays(holder) ? log.warning(words) : log.info(words);
        }
    }
    for (auto const& datum : outlook.data) {
        bool const failed = status_of(datum) == record::CheckStatus::failed;
        if (failed) {
            log.problem(
                log::Level::error,
                planned.where,
                datum.question.about,
                plan::words(datum.question, datum.answer));
        } else if (is_broken(datum) || datum.answer.status == Answer::Status::depends) {
            log.warning("    data: " + data_words(datum));
        } else {
            log.info("    data: " + data_words(datum));
        }
    }
    for (auto const& note : outlook.notes) {
        log.info("    note: " + note);
    }
    for (auto const* finding : planned.findings) {
        log.info("    lint: " + finding_words(*finding));
    }
    if (!outlook.safer.empty()) {
        log.info("    safer: " + outlook.safer);
    }
}

std::vector<record::Check> checks_of(Planned const& planned) {
    std::vector<record::Check> out;
    add_lock_checks(planned, out);
    for (auto const& datum : planned.outlook->data) {
        if (datum.answer.status != Answer::Status::not_yet) {
            out.push_back(data_check(planned, datum));
        }
    }
    for (auto const* finding : planned.findings) {
        if (finding->severity >= lint::Severity::warning) {
            auto check = check_at(planned, "lint." + finding->rule, finding->rule);
            check.message = finding->message;
            check.hint = finding->hint;
            out.push_back(std::move(check));
        }
    }
    return out;
}

json::Value to_json(Planned const& planned) {
    auto const& outlook = *planned.outlook;
    json::Value out{{"parsed", outlook.actions.has_value()}};
    for (auto const& lock : outlook.locks) {
        out["locks"].push_back(lock_json(lock));
    }
    for (auto const& datum : outlook.data) {
        out["data"].push_back(datum_json(datum));
    }
    for (auto const* finding : planned.findings) {
        out["findings"].push_back(
            {{"rule", finding->rule},
             {"severity", lint::name(finding->severity)},
             {"message", finding->message},
             {"hint", finding->hint}});
    }
    if (!outlook.notes.empty()) {
        out["notes"] = outlook.notes;
    }
    if (!outlook.safer.empty()) {
        out["safer"] = outlook.safer;
    }
    return out;
}

std::string blocking_words(std::vector<Planned> const& all) {
    struct Count {
        std::size_t statements = 0;
        std::size_t lasting = 0;
    };
    Count reads;
    Count writes;
    for (auto const& planned : all) {
        auto strongest = Blocks::nothing;
        bool lasts = false;
        for (auto const& lock : planned.outlook->locks) {
            if (!lock.effect.relation->empty) {
                strongest = std::max(strongest, plan::blocks(lock.effect.mode));
                lasts = lasts || !lock.lasts.empty();
            }
        }
        if (strongest != Blocks::nothing) {
            auto& count = strongest == Blocks::writes ? writes : reads;
            ++count.statements;
            count.lasting += lasts ? 1 : 0;
        }
    }
    std::vector<std::string> out;
    auto const add = [&out](Count const& count, std::string_view what) {
        if (count.statements > 0) {
            std::string const moment =
                count.lasting == 0 ? " for a moment"
                : count.lasting == count.statements
                    ? ""
                    : fmt::format(", {} of them for a moment", count.statements - count.lasting);
            out.push_back(fmt::format(
                "{} block{} {}{}",
                text::counted(count.statements, "statement"),
                count.statements == 1 ? "s" : "",
                what,
                moment));
        }
    };
    add(reads, "reads and writes");
    add(writes, "writes");
    return text::join(out, "; ");
}

} // namespace slipway::migrate_apply
