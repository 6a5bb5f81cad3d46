// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "retry/retry.hpp"
#include "session.hpp"

#include <chrono>

/// What the two verbs that write have in common.
namespace slipway::links_migrate {

/// Whether the batch met another session's lock or change and would succeed at another time.
bool may_be_tried_again(Error const& error);

void with_retry_failed(Session& session, Error const& error, time::Milliseconds wait);

/// The error for a connection that was lost in a commit.
Error after_lost_commit(Error const& error);

/// Runs a batch, again where others were in its way; waits grow to five seconds, two minutes in all.
template <class Work>
auto with_retry(Session& session, Work&& work) {
    constexpr retry::Policy policy{30, time::Milliseconds{100}, time::Milliseconds{5000}, 0.5};
    try {
        return retry::run(
            policy,
            {session.context.clock, session.context.deadline, session.context.stop},
            may_be_tried_again,
            std::forward<Work>(work),
            [&](Error const& error, time::Milliseconds wait) {
                with_retry_failed(session, error, wait);
            });
    } catch (Error const& error) {
        throw error.kind() == ErrorKind::in_doubt ? after_lost_commit(error) : error;
    }
}

} // namespace slipway::links_migrate
