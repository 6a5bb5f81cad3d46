// SPDX-License-Identifier: Apache-2.0
#include "shadow.hpp"

#include "observed_facts.hpp"
#include "schema_difference.hpp"
#include "shadow_copy.hpp"
#include "shadow_place.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "together.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

constexpr std::size_t most_named = 5;

// What is done for the whole server, and by itself, cannot be taken back afterwards.
void refuse_server_wide(std::vector<Prepared> const& prepared) {
    auto const is_server_wide = [](std::string_view command) {
        constexpr std::array<std::string_view, 4> objects{
            " DATABASE", " TABLESPACE", " SYSTEM", " SUBSCRIPTION"};
        return std::any_of(objects.begin(), objects.end(), [&](std::string_view object) {
            return command.ends_with(object) && !command.starts_with("COMMENT");
        });
    };
    for (auto const& one : prepared) {
        for (auto const& step : one.script.steps) {
            if (step.nature.refuses_transaction && is_server_wide(step.nature.command)) {
                Where const where = one.script.place(step);
                throw Error{
                    ErrorKind::refused,
                    fmt::format(
                        "{}: {} acts on the whole server, not on a shadow database",
                        where.text(),
                        step.nature.command),
                    "Use --shadow embedded, a private server of its own."}
                    .with_where(where);
            }
        }
    }
}

// One rehearsal of the prepared migrations on a copy that is there.
class Rehearsal {
public:
    Rehearsal(Session& target, ShadowPlace const& place)
        : target_(target), place_(place), scratch_(target, place.runner()) {
        scratch_.lock();
    }

    void run() {
        auto const prepared = prepare(scratch_.selected());
        if (!scratch_.history_exists) {
            scratch_.ledger->create(scratch_.connection);
        }
        auto const before =
            catalog::snapshot(scratch_.connection, {"slipway"}, catalog::Extent::everything);
        auto const dump_before = schema_dump(target_, place_);
        Observer observer{scratch_, place_.shared()};
        scratch_.around_step = [&](auto const& script, auto const& step, auto const& work) {
            observer.around(script, step, work);
        };
        read_target();
        if (target_.options.all_or_nothing) {
            run_together(prepared, observer);
        } else {
            for (auto const& one : prepared) {
                run_one(one, observer);
            }
        }
        auto const after =
            catalog::snapshot(scratch_.connection, {"slipway"}, catalog::Extent::everything);
        tell_difference(before, after, target_.context);
        tell_untold(untold(
            dump_before, schema_dump(target_, place_), catalog::every_difference(before, after)));
    }

private:
    void read_target() {
        for (auto& table : catalog::tables(target_.connection)) {
            tables_.emplace(table.schema + "." + table.name, table);
        }
        std::vector<std::string> invalid;
        for (auto const& index : catalog::invalid_indexes(target_.connection)) {
            invalid.push_back(index.schema + "." + index.name);
        }
        if (!invalid.empty()) {
            warn(
                "shadow.invalid_not_copied",
                "The shadow has what the target has",
                "INVALID on the target, and so not in the shadow: " + text::join(invalid, ", "),
                "Drop such an index on the target, or build it again.");
        }
    }

    void run_one(Prepared const& one, Observer const& observer) {
        target_.context.log.status_line(fmt::format("rehearsing {}", one.item->id));
        try {
            apply_one(scratch_, one);
        } catch (Error const& error) {
            tell_observed(target_, one, observer, tables_);
            fail(one, error);
        }
        tell_run(one, observer);
    }

    void run_together(std::vector<Prepared> const& prepared, Observer const& observer) {
        try {
            apply_together(scratch_, prepared);
        } catch (Error const& error) {
            for (auto const& one : prepared) {
                tell_observed(target_, one, observer, tables_);
                if (scratch_.done[one.item->id].status == "rolled_back") {
                    fail(one, error);
                }
            }
            throw;
        }
        for (auto const& one : prepared) {
            tell_run(one, observer);
        }
    }

    void tell_run(Prepared const& one, Observer const& observer) {
        tell_observed(target_, one, observer, tables_);
        auto const took = scratch_.done[one.item->id].duration;
        auto check =
            check_of(one, fmt::format("ran on the shadow in {}", time::human_duration(took)));
        check.duration = took;
        target_.context.record.add(std::move(check));
    }

    [[noreturn]] void fail(Prepared const& one, Error const& error) {
        auto check = check_of(one, error.message());
        check.status = record::CheckStatus::failed;
        check.where = error.where();
        check.hint = error.hint();
        target_.context.record.add(std::move(check));
        target_.context.record.summary =
            fmt::format("{} fails on the shadow; the target is untouched", one.item->id);
        throw error.with_hint(fmt::format(
            "{}{}This was on the shadow; {} is as it was.",
            error.hint(),
            error.hint().empty() ? "" : "\n",
            target_.where.database()));
    }

    void tell_untold(std::vector<std::string> const& left) {
        (*target_.context.record.data)["schema_difference_untold"] = left;
        if (!left.empty()) {
            warn(
                "shadow.difference_complete",
                "The difference of the schemas tells all that pg_dump does",
                "pg_dump also differs in: " + text::join_first(left, ", ", most_named),
                "Compare pg_dump --schema-only of both by hand.");
        }
    }

    void warn(std::string id, std::string title, std::string message, std::string hint) {
        target_.context.log.warning(message);
        record::Check check;
        check.id = std::move(id);
        check.title = std::move(title);
        check.status = record::CheckStatus::warned;
        check.severity = record::Severity::minor;
        check.message = std::move(message);
        check.hint = std::move(hint);
        target_.context.record.add(std::move(check));
    }

    Session& target_;
    ShadowPlace const& place_;
    Session scratch_;
    TargetTables tables_;
};

void note_left_out(Session& target, LeftOut const& left_out) {
    if (left_out.empty()) {
        return;
    }
    record::Check check;
    check.id = "shadow.copy";
    check.title = "The shadow is a copy of the schema";
    check.status = record::CheckStatus::warned;
    check.severity = record::Severity::info;
    check.message = fmt::format(
        "{} left out: {}",
        text::counted(left_out.size(), "thing"),
        text::join_first(left_out, "; ", most_named));
    check.hint = "A migration that needs them fails on the shadow alone; --shadow embedded has all "
                 "roles.";
    target.context.log.info(check.message);
    target.context.record.add(std::move(check));
}

void rehearse(Session& target, std::vector<Prepared> const& prepared) {
    auto& context = target.context;
    auto const started = context.clock.steady();
    auto const since = [&] {
        return std::chrono::duration_cast<time::Milliseconds>(context.clock.steady() - started);
    };
    // Before anything is made.
    static_cast<void>(pg_dump_for(target, target.connection.server_version() / 10'000));
    ShadowPlace const place{target};
    try {
        auto const left_out = copy_schema(target, place);
        auto const copied = since();
        context.log.info(fmt::format(
            "copied the schema into {} ({}) in {}",
            place.words(),
            place.name(),
            time::human_duration(copied)));
        (*context.record.data)["shadow"] = {
            {"kind", place.kind()},
            {"database", place.name()},
            {"copy_ms", copied.count()},
            {"left_out", left_out}};
        note_left_out(target, left_out);
        Rehearsal{target, place}.run();
    } catch (Error const& error) {
        if (!place.is_full()) {
            throw;
        }
        context.record.summary =
            "the private server of the shadow ran out of room; the target is untouched";
        throw Error{
            ErrorKind::unavailable,
            "the private server of the shadow ran out of room: " + error.message(),
            "Free some room where TMPDIR is, or use --shadow same."};
    }
    context.record.summary = fmt::format(
        "{} would apply; ran on {}", text::counted(prepared.size(), "migration"), place.words());
}

} // namespace

void shadow(Session& target, std::vector<Prepared> const& prepared) {
    target.fill_data();
    if (prepared.empty()) {
        target.context.record.summary = "nothing is pending";
        return;
    }
    if (target.options.shadow != "embedded") {
        refuse_server_wide(prepared);
    }
    rehearse(target, prepared);
}

} // namespace slipway::migrate_apply
