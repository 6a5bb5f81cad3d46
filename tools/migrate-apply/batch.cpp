// SPDX-License-Identifier: Apache-2.0
#include "batch.hpp"

#include "attempt.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

// So many are applied, at most, by a server whose client is gone.
constexpr std::size_t most_migrations = 32;
constexpr std::size_t most_bytes_under_way = 1U << 20U;
constexpr std::size_t most_bytes_of_one = 64U << 10U;
constexpr std::size_t most_steps_of_one = 100;

std::size_t bytes_of(Prepared const& one) {
    std::size_t out = 0;
    for (auto const& step : one.script.steps) {
        out += step.statement.text.size();
    }
    return out;
}

// What prints has to do so when its turn comes, COPY cannot be in a pipeline, and a zero byte is
// refused before it is sent.
bool is_quiet(migration::Step const& step) {
    return step.says.empty() && step.statement.kind != sql::Statement::Kind::copy_from_stdin &&
           !step.nature.command.starts_with("COPY") &&
           step.statement.text.find('\0') == std::string_view::npos;
}

bool can_be_sent_ahead(Prepared const& one) {
    auto const& script = one.script;
    return script.transactional && !one.item->resumable && script.says_last.empty() &&
           script.steps.size() <= most_steps_of_one && bytes_of(one) <= most_bytes_of_one &&
           std::all_of(script.steps.begin(), script.steps.end(), is_quiet);
}

} // namespace

std::span<Prepared const>
Batch::next(Session const& session, std::span<Prepared const> migrations) {
    if (session.around_step) {
        return {};
    }
    auto const end = std::find_if_not(migrations.begin(), migrations.end(), can_be_sent_ahead);
    return migrations.first(static_cast<std::size_t>(end - migrations.begin()));
}

Batch::Batch(Session& session, std::span<Prepared const> migrations)
    : session_(session), migrations_(migrations) {}

Batch::~Batch() {
    pipeline_.reset();
}

void Batch::send(
    std::string_view sql,
    std::initializer_list<pg::Param> params,
    Queued const& queued) {
    pipeline_->send(sql, params);
    queued_.push_back(queued);
    bytes_.back() += sql.size();
    under_way_ += sql.size();
}

void Batch::queue_next() {
    auto const& one = migrations_[sent_++];
    bytes_.push_back(0);
    if (transaction_) {
        send("begin", {}, {});
    } else {
        transaction_.emplace(*pipeline_);
        queued_.emplace_back();
    }
    auto const step = [&](migration::Step const& each) {
        send(each.statement.text, {}, {&one.script, &each});
    };
    auto const own = [&](std::string_view sql, std::initializer_list<pg::Param> params) {
        send(sql, params, {});
    };
    queue(session_, one, new_attempt(session_), step, own);
    send("commit", {}, {.commits = true});
    if (!leaves_session_alone(one.script)) {
        auto const settle = [&](std::string_view sql, std::initializer_list<pg::Param> params) {
            send(sql, params, {.settles = true});
        };
        // Else it would be of the transaction of the next migration.
        settle("begin", {});
        session_.settle(settle);
        settle("commit", {});
    }
}

// Half of the room is left free before it is filled again, which saves small packets.
void Batch::fill() {
    auto const has_room = [&](std::size_t divisor) {
        return sent_ < migrations_.size() && sent_ - taken_ < most_migrations / divisor &&
               under_way_ < most_bytes_under_way / divisor;
    };
    if (!has_room(2)) {
        return;
    }
    while (has_room(1)) {
        queue_next();
        // The answer to each is to come as soon as there is one.
        sent_ == migrations_.size() ? pipeline_->sync() : pipeline_->flush();
    }
}

bool Batch::take() {
    if (doubt_) {
        return take_known();
    }
    if (!pipeline_) {
        over_ = true; // where this throws
        pipeline_.emplace(session_.connection);
        over_ = false;
    }
    try {
        fill();
    } catch (Error const& error) {
        look_up({}, error);
        return take_known();
    }
    if (!take_answers()) {
        return !over_ && take_known();
    }
    ++taken_;
    under_way_ -= bytes_.front();
    bytes_.pop_front();
    if (taken_ == migrations_.size()) {
        close();
    }
    return true;
}

// False where it was not run, or is not known.
bool Batch::take_answers() {
    for (bool committed = false; !committed; queued_.pop_front()) {
        Queued const at = queued_.front();
        try {
            pipeline_->take();
        } catch (pg::ServerError const& error) {
            // A session that is ended while it commits may have done so.
            if (at.commits && !session_.connection.is_open()) {
                look_up(at, error);
                return false;
            }
            close();
            if (at.settles) {
                return false;
            }
            throw placed_in(current().script, told(at, error));
        } catch (Error const& error) {
            look_up(at, error);
            return false;
        }
        committed = at.commits;
    }
    return true;
}

void Batch::close() {
    over_ = true;
    queued_.clear();
    if (pipeline_) {
        try {
            pipeline_->finish();
        } catch (Error const&) { // NOLINT(bugprone-empty-catch)
            // It is about what comes behind the answer that was the last to count.
        }
        pipeline_.reset();
    }
    if (transaction_) {
        transaction_->ended_on_pipeline();
        transaction_.reset(); // rolls back where it has not ended
    }
}

void Batch::look_up(Queued const& at, Error const& error) {
    queued_.clear();
    pipeline_.reset();
    if (transaction_) {
        transaction_->ended_on_pipeline();
        transaction_.reset();
    }
    doubt_ = error;
    doubted_ = taken_;
    if (at.step != nullptr) {
        doubted_at_ = at.script->place(*at.step);
    }
    try {
        applied_ = ask_applied(session_);
    } catch (Error const&) {
        over_ = true;
        auto const& last = migrations_[std::max(sent_, taken_ + 1) - 1];
        for (auto const& one : migrations_.subspan(taken_, std::max(sent_, taken_ + 1) - taken_)) {
            session_.done[one.item->id].status = "failed"; // something of it may be there
        }
        throw_unknown(
            session_,
            &last == &current() ? last.item->id
                                : fmt::format("{} to {}", current().item->id, last.item->id),
            error);
    }
}

// An open connection was not lost but cancelled, and what was under way then is rolled back.
bool Batch::take_known() {
    auto const& one = current();
    bool const applied = applied_.contains(one.item->id);
    ++taken_;
    if (applied && taken_ < migrations_.size()) {
        return true;
    }
    over_ = true;
    if (!applied && session_.connection.is_open()) {
        bool const there = taken_ == doubted_ + 1 && doubted_at_.known();
        throw there ? doubt_->with_context(doubted_at_.text()).with_where(doubted_at_)
                    : placed_in(one.script, *doubt_);
    }
    throw_known(session_, *one.item, *doubt_, applied, "pending");
}

} // namespace slipway::migrate_apply
