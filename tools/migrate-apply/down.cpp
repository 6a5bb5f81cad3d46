// SPDX-License-Identifier: Apache-2.0
#include "down.hpp"

#include "attempt.hpp"
#include "loss.hpp"
#include "pg/transaction.hpp"
#include "step.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

using migration::Item;
using migration::State;

// The applied migrations that go, the last first.
std::vector<Item const*> chosen(Session const& session) {
    auto const& options = session.options;
    std::vector<Item const*> out;
    if (!options.only.empty()) {
        out.push_back(&session.named(options.only));
        if (out.front()->state != State::applied) {
            throw Error{
                ErrorKind::refused,
                fmt::format("{} is {}", out.front()->id, migration::name(out.front()->state)),
                "Only what is applied can be taken back."};
        }
        return out;
    }
    auto const* const last = options.to.empty() ? nullptr : &session.named(options.to);
    auto const& items = session.standing.items;
    for (auto item = items.rbegin(); item != items.rend() && &*item != last; ++item) {
        bool const applied = item->state == State::applied && !item->file.repeatable;
        if (item->state == State::failed || item->state == State::drifted) {
            throw Error{
                ErrorKind::refused,
                fmt::format("{} is {}", item->id, migration::name(item->state)),
                "migrate-apply status tells what to do about it first."};
        }
        if (applied && (last != nullptr || out.empty())) {
            out.push_back(&*item);
        }
    }
    return out;
}

void run_in_transaction(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    auto const attempt = new_attempt(session);
    Trip trip{session.connection};
    try {
        auto const send = trip.own();
        for (auto const& step : prepared.script.steps) {
            say(session, step.says);
            trip.step(prepared.script, step);
        }
        send("reset session authorization", {});
        send("reset role", {});
        session.ledger->take_back(send, item.file, item.entry, attempt);
        log_execution(session, item, {attempt.key, "reverted"}, send, {});
        trip.commit([&](pg::Send const& after) { session.settle(after); });
    } catch (Error const& error) {
        if (trip.end() == Trip::End::unknown) {
            settle_doubt(session, item, error, "rolled_back");
        }
        throw placed_in(prepared.script, error);
    }
}

void run_alone(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    std::size_t done = 0;
    try {
        for (auto const& step : prepared.script.steps) {
            run_step(session.connection, prepared.script, step);
            ++done;
        }
    } catch (Error const& error) {
        throw error.with_hint(fmt::format(
            "The way back of {} runs without a transaction: {} of its {} statements are done, and "
            "it still counts as applied. Mend the cause, let what is done be passed over (if "
            "exists), and run migrate-apply down again.",
            item.id,
            done,
            prepared.script.steps.size()));
    }
    session.become_ourselves();
    auto const attempt = new_attempt(session);
    pg::Transaction transaction{session.connection};
    auto const send = pg::sending_to(session.connection);
    session.ledger->take_back(send, item.file, item.entry, attempt);
    log_execution(session, item, {attempt.key, "reverted"}, send, {});
    transaction.commit();
    session.settle(send);
}

json::Value to_json(Item const& item, Loss const& loss) {
    json::Value out{{"migration", item.id}, {"what", loss.what}, {"line", loss.where.line}};
    if (loss.rows) {
        out["rows"] = *loss.rows;
    }
    return out;
}

// Tells the plan; returns what would be lost.
std::vector<std::string> tell(Session& session, std::vector<Prepared> const& prepared) {
    auto& data = *session.context.record.data;
    data["loss"] = json::Value::array();
    std::vector<std::string> lost;
    for (auto const& one : prepared) {
        session.context.log.info(fmt::format(
            "{}: {} of {}{}",
            one.item->id,
            text::counted(one.script.steps.size(), "statement"),
            one.script.file,
            one.script.transactional ? " in one transaction"
                                     : ", one by one without a transaction"));
        for (auto const& step : one.script.steps) {
            session.context.log.info(fmt::format(
                "  line {}: {}",
                step.statement.line,
                text::shorten(text::printable_line(step.statement.text), 120)));
        }
        for (auto const& loss : losses(session, one.script)) {
            data["loss"].push_back(to_json(*one.item, loss));
            if (loss.rows.value_or(1) > 0) {
                session.context.log.warning("  loses " + text_of(loss));
                lost.push_back(text_of(loss));
            }
        }
    }
    return lost;
}

void require_consent(Session& session, std::size_t count, std::vector<std::string> const& lost) {
    if (!lost.empty() && !session.options.accept_data_loss) {
        throw Error{
            ErrorKind::refused,
            "data would be lost: " + text::join(lost, ", "),
            "If that is meant, give --accept-data-loss."};
    }
    if (session.context.production(session.where.is_local())) {
        session.context.confirm(fmt::format(
            "Take back {} from {}?", text::counted(count, "migration"), session.where.redacted()));
    }
}

} // namespace

std::vector<Prepared> ways_back(std::vector<Item const*> const& items) {
    std::vector<Prepared> out;
    for (auto const* item : items) {
        out.push_back({item, migration::read_down(item->file)});
    }
    return out;
}

void take_back(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    auto const started = session.context.clock.steady();
    with_lock_retries(session, item.id, [&] {
        if (prepared.script.transactional) {
            run_in_transaction(session, prepared);
        } else {
            run_alone(session, prepared);
        }
    });
    auto const took =
        std::chrono::duration_cast<time::Milliseconds>(session.context.clock.steady() - started);
    session.done[item.id] = {"rolled_back", took};
    auto check = check_of(prepared, fmt::format("taken back in {}", time::human_duration(took)));
    check.id = "down." + item.id;
    check.duration = took;
    session.context.record.add(std::move(check));
    session.context.log.info(
        fmt::format("took {} back in {}", item.id, time::human_duration(took)));
}

void down(Session& session) {
    bool const only_told = !session.options.dry_run.empty();
    if (only_told) {
        session.refresh();
    } else {
        session.lock();
    }
    auto const prepared = ways_back(chosen(session));
    session.fill_data();
    auto const lost = tell(session, prepared);
    auto& summary = session.context.record.summary;
    std::string const count = text::counted(prepared.size(), "migration");
    if (prepared.empty() || only_told) {
        summary = prepared.empty() ? "nothing is applied that could be taken back"
                                   : count + " would be taken back";
        return;
    }
    require_consent(session, prepared.size(), lost);
    session.create_tables();
    std::size_t done = 0;
    try {
        for (auto const& one : prepared) {
            take_back(session, one);
            ++done;
        }
    } catch (Error const& error) {
        session.fill_data();
        summary = fmt::format(
            "{} could not be taken back; {} {} before it",
            prepared[done].item->id,
            text::counted(done, "migration"),
            done == 1 ? "was" : "were");
        throw;
    }
    session.fill_data();
    summary = count + " taken back";
}

} // namespace slipway::migrate_apply
