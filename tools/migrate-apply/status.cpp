// SPDX-License-Identifier: Apache-2.0
#include "status.hpp"

#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using migration::State;

} // namespace

void status(Session& session) {
    session.fill_data();
    std::size_t pending = 0;
    for (auto const& item : session.standing.items) {
        session.context.log.info(fmt::format("{:<12} {}", migration::name(item.state), item.id));
        pending += item.applies() ? 1U : 0U;
        record::Check check;
        check.id = "migration." + item.id;
        check.title = item.id;
        check.message = migration::name(item.state);
        bool const bad = item.state == State::drifted || item.state == State::failed;
        check.status = bad ? record::CheckStatus::failed : record::CheckStatus::passed;
        session.context.record.add(std::move(check));
    }
    auto const count = [&](State state) {
        return session.standing.in_state(state).size();
    };
    session.context.record.summary = fmt::format(
        "{} applied, {} pending, {} failed, {} drifted, {} without a file",
        count(State::applied),
        pending,
        count(State::failed),
        count(State::drifted),
        count(State::missing));
    if (count(State::drifted) + count(State::failed) > 0) {
        static_cast<void>(session.selected()); // refuses, and says why
        auto const* const item = session.standing.in_state(State::failed).front();
        throw Error{
            ErrorKind::refused,
            fmt::format(
                "{} runs without a transaction and was interrupted after {}",
                item->id,
                text::counted(static_cast<std::size_t>(item->steps_done), "statement")),
            "Run migrate-apply again: it goes on from there."};
    }
    bool const fail = session.options.exit_code && pending > 0;
    session.context.record.status = fail ? record::Status::failed : record::Status::passed;
}

} // namespace slipway::migrate_apply
