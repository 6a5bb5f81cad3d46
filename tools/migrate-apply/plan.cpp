// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include "apply.hpp"
#include "basis.hpp"
#include "plan/plan.hpp"
#include "plan_words.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

constexpr std::int64_t usual_samples = 3;

std::vector<plan::Migration> statements_of(std::vector<Prepared> const& prepared) {
    std::vector<plan::Migration> out;
    for (auto const& one : prepared) {
        auto& migration = out.emplace_back();
        for (auto const& step : one.script.steps) {
            migration.statements.push_back(
                {step.statement.text, one.script.place(step), one.script.transactional});
        }
    }
    return out;
}

// Of a migration without a transaction that was interrupted, the rest is pending.
void leave_out_what_is_done(std::vector<Prepared>& prepared, plan::Touched& touched) {
    for (auto& one : prepared) {
        auto& steps = one.script.steps;
        auto const done = std::min(
            steps.size(), static_cast<std::size_t>(one.item->resumable ? one.item->steps_done : 0));
        for (std::size_t each = 0; each < done; ++each) {
            plan::add_statement(touched, steps[each].statement.text);
        }
        steps.drop_front(done);
    }
}

using SchemaPromise = std::promise<std::shared_ptr<plan::Schema const>>;
using SchemaFuture = std::shared_future<std::shared_ptr<plan::Schema const>>;

// Where it fails the promise is broken, which ends whoever waits for it.
plan::Plan look(
    Session& session,
    std::vector<Prepared> const& prepared,
    plan::Touched& touched,
    SchemaPromise promise) {
    auto const& options = session.options;
    // Keys are the application's data: in production they are shown only where one asks for them.
    bool const quiet = session.context.production(session.where.is_local());
    plan::PlanLimits limits;
    limits.answer.time = options.data_timeout;
    limits.answer.keys = options.samples.value_or(quiet ? 0 : usual_samples);
    limits.on_schema = [&promise](std::shared_ptr<plan::Schema const> schema) {
        promise.set_value(std::move(schema));
    };
    limits.on_question = [&session](Where const& where) {
        session.context.log.status_line("asking the data for " + where.text());
    };
    auto made = plan::make_plan(session.connection, statements_of(prepared), limits, touched);
    session.context.log.status_line("");
    for (auto& outlooks : made.migrations) {
        for (auto& outlook : outlooks) {
            if (outlook.actions) {
                outlook.actions.emplace(); // the record says no more than that there were some
            }
        }
    }
    return made;
}

// By the text and the first byte of the statement that they are about.
using Findings = std::multimap<std::pair<migration::Source const*, std::size_t>, lint::Finding>;

Findings
findings_of(int server_version, SchemaFuture const& schema, std::vector<Prepared> const& prepared) {
    std::vector<lint::Source> sources;
    std::vector<migration::Source const*> texts;
    std::set<migration::Source const*> known;
    for (auto const& one : prepared) {
        for (auto const& step : one.script.steps) {
            if (known.insert(step.source).second) {
                texts.push_back(step.source);
                sources.push_back({step.source->file, step.source->text, one.script.transactional});
            }
        }
    }
    lint::Settings settings;
    settings.server_version = server_version;
    settings.pending = true;
    settings.type_of = [&schema](sql::Name const& table, std::string const& column) {
        auto const* relation = schema.get()->find(table, schema.get()->search_path);
        auto const* found = relation == nullptr ? nullptr : relation->column(column);
        return found == nullptr ? std::string{} : found->type;
    };
    Findings out;
    for (auto& finding : lint::check(sources, settings)) {
        std::pair const key{texts[finding.source], finding.offset};
        out.emplace(key, std::move(finding));
    }
    return out;
}

// The statements of one migration, each with its findings.
std::vector<Planned> planned_of(
    Prepared const& prepared,
    std::vector<plan::Outlook> const& outlooks,
    Findings const& findings) {
    std::vector<Planned> out;
    for (std::size_t s = 0; s < prepared.script.steps.size(); ++s) {
        auto const& step = prepared.script.steps[s];
        Planned planned;
        planned.id = prepared.item->id;
        planned.where = prepared.script.place(step);
        planned.text = text::shorten(text::printable_line(step.statement.text.substr(0, 240)), 120);
        planned.outlook = &outlooks[s];
        auto const [first, last] = findings.equal_range({step.source, step.statement.offset});
        for (auto it = first; it != last; ++it) {
            planned.findings.push_back(&it->second);
        }
        out.push_back(std::move(planned));
    }
    return out;
}

json::Value step_json(migration::Step const& step, Planned const& planned) {
    json::Value out{
        {"line", step.statement.line},
        {"column", step.statement.column},
        {"command", step.nature.command},
        {"transactional", !step.nature.refuses_transaction},
        {"text", text::shorten(step.statement.text, 500)}};
    out.update(to_json(planned));
    return out;
}

void tell_migration(
    Session& session,
    Prepared const& prepared,
    std::vector<Planned> const& planned) {
    session.context.log.info(fmt::format(
        "{}: {}{}",
        prepared.item->id,
        text::counted(prepared.script.steps.size(), "statement"),
        prepared.script.transactional ? " in one transaction"
                                      : ", one by one without a transaction"));
    auto steps = json::Value::array();
    for (std::size_t s = 0; s < planned.size(); ++s) {
        tell(planned[s], session.context.log);
        steps.push_back(step_json(prepared.script.steps[s], planned[s]));
    }
    auto const place = prepared.item - session.standing.items.data(); // as fill_data() lists them
    auto& migration = (*session.context.record.data)["migrations"][static_cast<std::size_t>(place)];
    migration["statements"] = std::move(steps);
    migration["transactional"] = prepared.script.transactional;
    session.context.record.add(check_of(prepared, "can be read"));
    for (auto const& one : planned) {
        for (auto& check : checks_of(one)) {
            session.context.record.add(std::move(check));
        }
    }
}

std::string summary_of(std::size_t migrations, std::vector<Planned> const& all) {
    if (migrations == 0) {
        return "nothing is pending";
    }
    std::size_t problems = 0;
    for (auto const& one : all) {
        auto const checks = checks_of(one);
        problems += static_cast<std::size_t>(
            std::count_if(checks.begin(), checks.end(), [](record::Check const& check) {
                return check.status == record::CheckStatus::failed;
            }));
    }
    std::string out = text::counted(migrations, "migration") + " would be applied";
    if (problems > 0) {
        out += "; " + text::counted(problems, "data problem");
    }
    auto const blocking = blocking_words(all);
    return blocking.empty() ? out : out + "; " + blocking;
}

} // namespace

void plan(Session& session) {
    auto prepared = prepare(session.selected());
    session.fill_data();
    plan::Touched touched;
    leave_out_what_is_done(prepared, touched);
    // Lint reads the same text and asks for a type now and then: both at once take half the time.
    SchemaPromise promise;
    auto linted = std::async(
        std::launch::async,
        [version = session.connection.server_version(),
         schema = promise.get_future().share(),
         &prepared] { return findings_of(version, schema, prepared); });
    auto const made = look(session, prepared, touched, std::move(promise));
    auto const findings = linted.get();
    std::vector<Planned> all;
    for (std::size_t m = 0; m < prepared.size(); ++m) {
        auto planned = planned_of(prepared[m], made.migrations[m], findings);
        tell_migration(session, prepared[m], planned);
        std::move(planned.begin(), planned.end(), std::back_inserter(all));
    }
    (*session.context.record.data)["plan"] = to_json(basis_of(session, prepared, touched));
    session.context.record.summary = summary_of(prepared.size(), all);
}

} // namespace slipway::migrate_apply
