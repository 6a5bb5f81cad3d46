// SPDX-License-Identifier: Apache-2.0
#include "planned.hpp"

#include "basis.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

template <typename List>
auto find_by_id(List const& list, std::string const& id) {
    return std::find_if(list.begin(), list.end(), [&](auto const& one) { return one.id == id; });
}

std::string why_gone(Session const& session, std::string const& id) {
    auto const found = find_by_id(session.standing.items, id);
    if (found == session.standing.items.end()) {
        return "its file is gone";
    }
    return found->applies() ? "it was not chosen"
                            : fmt::format("it is {}", migration::name(found->state));
}

// What differs in the migrations themselves.
std::vector<std::string>
differences(Session const& session, Basis const& planned, Basis const& now) {
    std::vector<std::string> out;
    for (auto const& one : now.migrations) {
        auto const found = find_by_id(planned.migrations, one.id);
        if (found == planned.migrations.end()) {
            out.push_back(fmt::format("{} is new since the plan", one.id));
        } else if (found->checksum != one.checksum) {
            out.push_back(fmt::format("{} was edited since the plan", one.id));
        } else if (found->statements != one.statements) {
            out.push_back(fmt::format(
                "{} would run other statements: a file that it includes or a value has changed",
                one.id));
        }
    }
    for (auto const& one : planned.migrations) {
        if (find_by_id(now.migrations, one.id) == now.migrations.end()) {
            out.push_back(
                fmt::format("{} is not to be applied: {}", one.id, why_gone(session, one.id)));
        }
    }
    if (out.empty() && planned.migrations != now.migrations) {
        out.emplace_back("the order of the migrations is another one");
    }
    return out;
}

void add_objects(Basis const& planned, Basis const& now, std::vector<std::string>& out) {
    for (auto const& [object, digest] : now.objects) {
        auto const found = planned.objects.find(object);
        if (found == planned.objects.end()) {
            out.push_back(object + " was added");
        } else if (found->second != digest) {
            out.push_back(object + " was altered");
        }
    }
    for (auto const& [object, digest] : planned.objects) {
        if (now.objects.count(object) == 0) {
            out.push_back(object + " was removed");
        }
    }
}

record::Found plan_of(Session& session) {
    auto& context = session.context;
    auto found = record::read(session.options.plan);
    record::Demand demand;
    demand.tool = "migrate-apply";
    demand.environment = context.options.environment;
    demand.target = context.record.target;
    demand.allow_dry_run = true;
    auto const objection = record::objection(found, demand, context.clock.now());
    if (!objection.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{}: {}", session.options.plan.string(), objection),
            "Plan again for this database and environment: migrate-apply plan."};
    }
    context.rely_on(found);
    return found;
}

void demand_one_in_production(Session const& session) {
    auto const& context = session.context;
    if (context.in_ci && context.production(session.where.is_local()) &&
        !session.options.allow_no_plan) {
        throw Error{
            ErrorKind::refused,
            "production in CI wants a plan that was reviewed",
            "Run migrate-apply plan in an earlier job and give its record with --plan, or say "
            "--allow-no-plan."};
    }
}

} // namespace

void require_plan(Session& session, std::vector<Prepared> const& prepared) {
    if (session.options.plan.empty()) {
        demand_one_in_production(session);
        return;
    }
    auto const found = plan_of(session);
    auto const planned = basis_from(*found.record.data);
    auto const now = basis_of(session, prepared);
    auto different = differences(session, planned, now);
    if (different.empty() && planned.history_sha256 != now.history_sha256) {
        different.push_back(fmt::format("rows of {} have changed", session.ledger->table()));
    }
    add_objects(planned, now, different);
    auto& check = session.context.record.note(
        "plan.holds", "What was planned is what is applied", text::join_first(different, "; ", 5));
    if (different.empty()) {
        check.message = fmt::format(
            "planned {} by {}",
            found.record.run.commit.empty() ? "" : "at " + found.record.run.commit.substr(0, 12),
            found.record.run.actor.empty() ? "an unknown actor" : found.record.run.actor);
        return;
    }
    throw Error{
        ErrorKind::refused,
        fmt::format(
            "the plan {} no longer holds: {}", session.options.plan.string(), check.message),
        "Plan again, have it reviewed, and apply that plan."};
}

} // namespace slipway::migrate_apply
