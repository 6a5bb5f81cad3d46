// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include "mapping_file.hpp"
#include "target/target.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

Mapping mapping_of(Options const& options) {
    return options.mapping.empty() ? built_in_mapping() : load_mapping(options.mapping);
}

Session::Session(Options const& given, tool::Context& with)
    : options(given), context(with), mapping(mapping_of(given)),
      where(target::parse(given.database_url, with)), connection(target::open(where, with)),
      pauses(given.throttle) {}

Tables Session::tables(Use use) {
    // Prisma's parameter, which libpq does not know.
    auto const schema = where.parameter("schema").value_or("");
    auto const found = look_up(connection, mapping, schema, use);
    (*context.record.data)["mapping"] = {
        {"name", mapping.name},
        {"checksum", checksum(mapping)},
        {"source", found.source},
        {"target", found.target}};
    if (!options.mapping.empty()) {
        (*context.record.data)["mapping"]["file"] = options.mapping.string();
    }
    if (!found.parent_is_indexed) {
        check(
            "target.indexed",
            "The target is indexed by its parent",
            record::CheckStatus::warned,
            record::Severity::minor,
            fmt::format("no index of {} begins with {}", found.target, mapping.parent),
            "Every batch will read the whole table: make the index first where it is large.");
    }
    return found;
}

pg::Connection Session::another() {
    return pg::Connection::open(where, target::limits(context));
}

void Session::settle(pg::Connection& on) const {
    // The second line is for what a row looks like as text, of which the ledger keeps a hash.
    on.exec(fmt::format(
        "set local lock_timeout = {}; set local statement_timeout = 0;"
        "set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = "
        "'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex';"
        "set local standard_conforming_strings = on; set local jit = off;"
        "set local idle_in_transaction_session_timeout = 0;"
        "select set_config('work_mem', '32MB', true)"
        " where pg_size_bytes(current_setting('work_mem')) < 33554432",
        options.lock_timeout.count()));
}

pg::AdvisoryLock Session::lock() {
    target::require_unpooled(connection, where, "the lock of the one writer does not hold there");
    return pg::AdvisoryLock::wait(
        connection,
        links_lock,
        time::Deadline::after(options.lock_wait),
        [this](pg::LockHolder const& holder) {
            if (options.lock_wait.count() > 0) {
                context.log.info(fmt::format(
                    "waiting for another runner: {} (pid {}, user {}, from {})",
                    holder.application_name,
                    holder.pid,
                    holder.user,
                    holder.client));
            }
        });
}

void Session::confirm(std::string const& question) {
    if (context.production(where.is_local())) {
        context.confirm(question);
    }
}

std::string Session::place() const {
    return fmt::format("{} at {}", where.database(), where.address());
}

bool Session::samples() const {
    return options.samples.empty() ? !context.production(where.is_local())
                                   : options.samples == "yes";
}

record::Check& Session::check(
    std::string id,
    std::string title,
    record::CheckStatus status,
    record::Severity severity,
    std::string message,
    std::string hint) {
    record::Check out;
    out.id = std::move(id);
    out.title = std::move(title);
    out.status = status;
    out.severity = severity;
    out.message = std::move(message);
    out.hint = std::move(hint);
    return context.record.add(std::move(out));
}

void Session::tell(Tally const& tally) {
    using record::CheckStatus;
    using record::Severity;
    check(
        "items.accounted",
        "Every item is inserted, present, a duplicate or rejected",
        tally.adds_up() ? CheckStatus::passed : CheckStatus::failed,
        Severity::critical,
        fmt::format(
            "{} = {} inserted + {} already present + {} duplicates + {} rejected",
            text::counted(static_cast<std::size_t>(tally.items), "item"),
            tally.inserted,
            tally.present,
            tally.duplicates,
            tally.rejected));
    std::vector<std::string> reasons;
    for (auto const& [reason, count] : tally.reasons) {
        reasons.push_back(fmt::format("{} {}", count, reason));
    }
    check(
        "items.rejected",
        "No item is rejected",
        tally.rejected == 0 ? CheckStatus::passed : CheckStatus::warned,
        Severity::minor,
        text::join(reasons, ", "),
        tally.rejected == 0 ? ""
                            : "Look through the rejected items; mend those that matter at their "
                              "source and run again.");
    if (tally.conflicts > 0) {
        check(
            "items.conflicts",
            "No link meets a constraint of the target",
            CheckStatus::warned,
            Severity::minor,
            fmt::format(
                "{} met a unique constraint and counted as already present",
                text::counted(static_cast<std::size_t>(tally.conflicts), "link")),
            "links-migrate verify says whether they are there.");
    }
}

void Session::tell(std::vector<Sample> const& all) {
    if (!samples()) {
        return;
    }
    auto& out = (*context.record.data)["samples"];
    out = json::Value::object();
    for (auto const& sample : all) {
        json::Value one{{"key", sample.key}};
        if (!sample.path.empty()) {
            one["path"] = sample.path;
        }
        if (!sample.value.empty()) {
            one["value"] = sample.value;
        }
        if (sample.kind == "insert") {
            one["label"] = sample.detail;
            one["position"] = sample.position;
        } else if (!sample.detail.empty()) {
            one["detail"] = sample.detail;
        }
        out[sample.kind].push_back(std::move(one));
    }
}

void keep_some(std::vector<Sample>& kept, std::vector<Sample> const& more) {
    constexpr std::ptrdiff_t most = 10;
    for (auto const& sample : more) {
        auto const same = [&](Sample const& other) {
            return other.kind == sample.kind &&
                   (sample.kind != "rejected" || other.detail == sample.detail);
        };
        if (std::count_if(kept.begin(), kept.end(), same) < most) {
            kept.push_back(sample);
        }
    }
}

} // namespace slipway::links_migrate
