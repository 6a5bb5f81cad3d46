// SPDX-License-Identifier: Apache-2.0
#include "split_copy.hpp"

#include "archive/gzip.hpp"
#include "archive/member_file.hpp"
#include "backup/tar.hpp"
#include "dump.hpp"
#include "error/error.hpp"
#include "pg/connection.hpp"
#include "pg/copy.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "progress/progress.hpp"
#include "signal/stop.hpp"
#include "source.hpp"
#include "target/target.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr std::size_t member_size = std::size_t{2} << 20U; // compressed, and about as much memory

// More locks than that, of every worker, could be more than the server has room for.
constexpr std::size_t most_locks = 500;

// All tables at the start: who asks for an exclusive lock later waits for us, and else we would
// wait behind him, who waits for our coordinator.
void hold_all(pg::Transaction& transaction, SplitPlan const& plan) {
    for (auto const& table : plan.tables) {
        try {
            transaction.exec("lock table only " + table.name + " in access share mode");
        } catch (Error const& error) {
            throw cannot_read(error, table.shown);
        }
    }
}

// What pg_dump's setup_connection does, so that the text is the same: a value must come back
// exactly, whatever the role's or database's defaults are.
std::string session_settings(std::string const& encoding, int server_version) {
    return fmt::format(
        "set local search_path = ''; set local datestyle = iso; set local intervalstyle = "
        "postgres; "
        "set local extra_float_digits = 3; set local synchronize_seqscans = off; "
        "set local statement_timeout = 0; set local lock_timeout = {}; "
        "set local idle_in_transaction_session_timeout = 0; {}"
        "set local row_security = off; set local client_encoding = {}",
        mutual_wait.count(),
        server_version >= 170'000 ? "set local transaction_timeout = 0; " : "",
        pg::quote_literal(encoding));
}

// One table's file, shared by the workers.
struct Target {
    Target(fs::Path path, std::uint64_t front) : file(std::move(path), front) {}
    archive::MemberFile file;
    std::atomic<std::int64_t> rows{0};
    std::atomic<std::size_t> left{0}; // stretches not copied yet
};

} // namespace

struct SplitCopy::State {
    State(SplitWork given, tool::Context& owner, std::function<void()> told)
        : work(std::move(given)), limits(target::limits(owner)), on_failure(std::move(told)),
          pieces(stretches(work.plan)),
          progress(owner.log, "copying rows", progress::Unit::count, pieces.size()) {
        for (std::size_t i = 0; i < work.plan.tables.size(); ++i) {
            bool const packed = i == 0 && !work.tar.empty();
            targets.push_back(std::make_unique<Target>(
                packed ? work.tar : work.folder / std::to_string(i),
                packed ? backup::TarWriter::front : 0));
        }
        for (auto const& piece : pieces) {
            ++targets[piece.table]->left;
        }
    }

    void copy_one(pg::Connection& connection, archive::GzipMembers& gzip, Stretch const& piece) {
        auto const& table = work.plan.tables[piece.table];
        auto& target = *targets[piece.table];
        pg::CopyOut copy{connection, copy_statement(table, piece)};
        std::string rows;
        while (copy.read(rows)) {
            gzip.add(rows);
            if (gzip.ready() >= member_size) {
                target.file.append(gzip.take());
            }
        }
        target.file.append(gzip.take());
        target.rows += copy.rows();
        if (--target.left == 0) {
            // As pg_dump ends its files: a script made of the archive needs it, COPY skips it.
            gzip.add("\\.\n\n\n");
            target.file.append(gzip.take());
            target.file.finish();
        }
    }

    void work_on() {
        auto connection = pg::Connection::open(work.source, limits);
        pg::Transaction transaction{connection, "begin isolation level repeatable read read only"};
        transaction.exec("set transaction snapshot " + pg::quote_literal(work.snapshot));
        transaction.exec(session_settings(work.encoding, connection.server_version()));
        if (work.plan.tables.size() <= most_locks) {
            hold_all(transaction, work.plan);
        }
        archive::GzipMembers gzip;
        for (;;) {
            std::size_t const mine = next++;
            if (mine >= pieces.size()) {
                return;
            }
            try {
                copy_one(connection, gzip, pieces[mine]);
            } catch (Error const& cause) {
                auto const& table = work.plan.tables[pieces[mine].table];
                throw cannot_read(cause, table.shown)
                    .with_context("copying the rows of " + table.shown);
            }
            progress.at(++done);
        }
    }

    void guarded() {
        try {
            work_on();
        } catch (...) {
            {
                std::lock_guard const lock{mutex};
                if (error != nullptr || own_stop.stop_requested()) {
                    return; // it was ended, and the reason is elsewhere
                }
                error = std::current_exception();
            }
            own_stop.request_stop();
            on_failure();
        }
    }

    SplitWork work;
    pg::Options limits;
    std::function<void()> on_failure;
    std::vector<Stretch> pieces;
    progress::Progress progress;
    std::vector<std::unique_ptr<Target>> targets;
    std::atomic<std::size_t> next{0};
    std::atomic<std::uint64_t> done{0};
    std::mutex mutex;
    std::exception_ptr error;
    std::stop_source own_stop;
    std::stop_token outer_stop;
    std::optional<std::stop_callback<std::function<void()>>> outer;
    std::vector<std::thread> threads;
};

SplitCopy::SplitCopy(
    SplitWork work,
    tool::Context& context,
    std::stop_token const& stop,
    std::function<void()> on_failure)
    : state_(std::make_unique<State>(std::move(work), context, std::move(on_failure))) {
    state_->limits.stop = state_->own_stop.get_token();
    state_->outer_stop = stop;
    state_->outer.emplace(stop, [state = state_.get()] { state->own_stop.request_stop(); });
    auto const count =
        std::min<std::size_t>(static_cast<std::size_t>(state_->work.jobs), state_->pieces.size());
    for (std::size_t i = 0; i < count; ++i) {
        state_->threads.emplace_back([state = state_.get()] { state->guarded(); });
    }
}

SplitCopy::~SplitCopy() {
    state_->own_stop.request_stop();
    for (auto& thread : state_->threads) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

void SplitCopy::finish() {
    for (auto& thread : state_->threads) {
        thread.join();
    }
    state_->threads.clear();
    if (state_->error != nullptr) {
        std::rethrow_exception(state_->error);
    }
    signal::throw_if_stopped(state_->outer_stop);
    if (state_->done != state_->pieces.size()) {
        throw Error{ErrorKind::internal, "not all rows were copied, and nobody said why"};
    }
}

bool SplitCopy::failed() const {
    std::lock_guard const lock{state_->mutex};
    return state_->error != nullptr;
}

backup::Member SplitCopy::file(std::size_t table) const {
    auto const& file = state_->targets[table]->file;
    return {std::to_string(table), file.bytes(), file.sha256()};
}

std::int64_t SplitCopy::rows(std::size_t table) const {
    return state_->targets[table]->rows;
}

} // namespace slipway::db_backup
