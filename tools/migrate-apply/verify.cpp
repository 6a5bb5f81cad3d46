// SPDX-License-Identifier: Apache-2.0
#include "verify.hpp"

#include "after.hpp"
#include "assertion.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using migration::State;

// Also those whose state is no fault of the database's.
void check_states(Session& session) {
    for (auto const& item : session.standing.items) {
        record::Check check;
        check.id = "migration." + item.id;
        check.title = item.id;
        check.message = migration::name(item.state);
        check.severity = record::Severity::critical;
        check.where = {item.file.path.string(), 0, 0};
        if (item.state == State::drifted || item.state == State::failed) {
            check.status = record::CheckStatus::failed;
            check.hint = item.state == State::drifted
                             ? "Restore the file as it was applied."
                             : "migrate-apply status tells what to do about it.";
        } else if (item.state == State::missing) {
            check.status = record::CheckStatus::warned;
            check.hint = "Bring the file back, so that the history can be read.";
        }
        session.context.record.add(std::move(check));
    }
}

} // namespace

void verify(Session& session) {
    session.fill_data();
    check_states(session);
    check_leftovers(session);
    auto const applied = session.standing.in_state(State::applied);
    bool const held = assert_all(session, applied);
    auto const bad = session.standing.in_state(State::drifted).size() +
                     session.standing.in_state(State::failed).size();
    session.context.record.summary = fmt::format(
        "{} applied{}{}",
        text::counted(applied.size(), "migration"),
        bad == 0 ? "" : fmt::format(", {} drifted or failed", bad),
        held ? "; what they assert holds" : "; an assertion does not hold");
}

} // namespace slipway::migrate_apply
