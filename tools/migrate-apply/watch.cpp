// SPDX-License-Identifier: Apache-2.0
#include "watch.hpp"

#include "catalog/activity.hpp"
#include "catalog/work.hpp"
#include "pg/advisory_lock.hpp"
#include "progress/progress.hpp"
#include "signal/stop.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

constexpr std::size_t columns_of_a_line = 100;

// What is known of the run at one instant.
struct Sight {
    catalog::SessionState state;
    std::optional<catalog::Work> work;
    std::vector<std::string> holds;
    std::vector<catalog::Blocked> waits;   // the run itself, where it waits: one or none
    std::vector<catalog::Blocked> blocked; // by the run
};

std::string ago(std::int64_t milliseconds) {
    return time::human_duration(time::Milliseconds{milliseconds});
}

std::string text_of(catalog::Work const& work) {
    std::string out = work.command + " on " + work.relation;
    if (!work.phase.empty()) {
        out += ", " + work.phase;
    }
    return out;
}

class Watch {
public:
    Watch(Options const& options, tool::Context& context)
        : options_(options), context_(context),
          where_(target::parse(options.database_url, context)),
          connection_(target::open(where_, context)) {}

    void run() {
        auto const holder = find();
        if (!holder) {
            context_.record.summary = "no run is under way";
            fill_data();
            return;
        }
        pid_ = holder->pid;
        application_ = holder->application_name;
        context_.log.info(fmt::format(
            "watching {} (pid {}, user {}, from {})",
            application_,
            pid_,
            holder->user,
            holder->client));
        while (look()) {
            if (!context_.clock.sleep(options_.every, context_.stop)) {
                signal::throw_if_stopped(context_.stop);
            }
        }
        context_.log.status_line("");
        fill_data();
        context_.record.summary = fmt::format(
            "{} has ended; {} seen, {} at most blocked by it",
            application_,
            text::counted(statements_.size(), "statement"),
            text::counted(most_blocked_, "session"));
    }

private:
    std::optional<pg::LockHolder> find() {
        auto const deadline = time::Deadline::after(options_.wait);
        bool told = false;
        for (;;) {
            auto holder = pg::holder_of(connection_, pg::deployment_lock);
            if (holder || deadline.expired()) {
                return holder;
            }
            if (!told) {
                told = true;
                context_.log.info(fmt::format(
                    "no run is under way; waiting {} for one",
                    time::human_duration(options_.wait)));
            }
            constexpr time::Milliseconds often{100};
            if (!context_.clock.sleep(often, context_.stop)) {
                signal::throw_if_stopped(context_.stop);
            }
        }
    }

    // False where the run has ended.
    bool look() {
        auto const holder = pg::holder_of(connection_, pg::deployment_lock);
        auto const state = catalog::session_state(connection_, pid_);
        bool const same =
            state && (backend_start_.empty() || state->backend_start == backend_start_);
        if (!holder || holder->pid != pid_ || !same) {
            return false;
        }
        backend_start_ = state->backend_start;
        Sight sight{
            *state,
            catalog::work_of(connection_, pid_),
            catalog::blocking_locks(connection_, pid_),
            catalog::blockers(connection_, pid_),
            {}};
        for (auto const& each : catalog::blockers(connection_)) {
            if (std::find(each.blocked_by.begin(), each.blocked_by.end(), pid_) !=
                each.blocked_by.end()) {
                sight.blocked.push_back(each);
            }
        }
        take(sight);
        draw(sight);
        return true;
    }

    void take(Sight const& sight) {
        ++looks_;
        most_blocked_ = std::max(most_blocked_, sight.blocked.size());
        if (sight.state.state == "active" && !sight.state.query.empty()) {
            auto& longest = statements_[sight.state.query];
            longest = std::max(longest, sight.state.query_ms);
        }
        tell(
            "statement",
            sight.state.state == "active"
                ? text::shorten(text::printable_line(sight.state.query), columns_of_a_line)
                : sight.state.state);
        tell("phase", sight.work ? text_of(*sight.work) : "");
        tell("holds", text::join(sight.holds, ", "));
        std::string waits;
        for (auto const& each : sight.waits) {
            waits = fmt::format(
                "{}{}{}, held up by {}",
                each.lock_mode,
                each.relation.empty() ? "" : " on ",
                each.relation,
                who(each.blocked_by));
        }
        tell("waits for", waits);
        std::vector<std::string> blocked;
        for (auto const& each : sight.blocked) {
            blocked.push_back(fmt::format("{} ({})", each.pid, each.application_name));
        }
        constexpr std::size_t most_named = 5;
        tell("blocks", text::join_first(blocked, ", ", most_named));
    }

    std::string who(std::vector<std::int32_t> const& pids) {
        std::vector<std::string> out;
        for (auto const pid : pids) {
            auto const state = catalog::session_state(connection_, pid);
            out.push_back(
                state
                    ? fmt::format("process {} ({}, {})", pid, state->application_name, state->state)
                    : fmt::format("process {}", pid));
        }
        return text::join(out, ", ");
    }

    // A line where something is another thing than at the last look.
    void tell(std::string_view what, std::string const& now) {
        auto& before = told_[std::string{what}];
        if (before == now) {
            return;
        }
        before = now;
        if (!now.empty()) {
            context_.log.info(fmt::format("{:<9} {}", what, now));
        }
    }

    void draw(Sight const& sight) {
        auto const& state = sight.state;
        bool const measured = sight.work && sight.work->total > 0;
        std::string line;
        if (measured) {
            line = progress::render(
                sight.work->phase.empty() ? sight.work->command : sight.work->phase,
                sight.work->unit == "bytes" ? progress::Unit::bytes : progress::Unit::count,
                sight.work->done,
                sight.work->total,
                time::Milliseconds{state.query_ms},
                columns_of_a_line);
        } else {
            line = fmt::format(
                "{} for {}{}{}",
                state.state,
                ago(state.query_ms),
                state.waits_for.empty() ? "" : ", waits for " + state.waits_for,
                sight.blocked.empty()
                    ? ""
                    : fmt::format(", blocks {}", text::counted(sight.blocked.size(), "session")));
        }
        // Where there is no terminal, the changes above are the telling, and a word now and then.
        auto const now = context_.clock.steady();
        constexpr time::Milliseconds now_and_then{10'000};
        context_.log.status_line(line);
        if (!context_.log.settings().terminal && now - told_at_ >= now_and_then) {
            context_.log.info(line);
            told_at_ = now;
        }
    }

    void fill_data() {
        auto& data = (*context_.record.data)["watch"];
        data = {
            {"application", application_},
            {"pid", pid_},
            {"looks", looks_},
            {"most_blocked", most_blocked_},
            {"statements", json::Value::array()}};
        for (auto const& [text, longest] : statements_) {
            data["statements"].push_back({{"text", text}, {"seen_for_ms", longest}});
        }
    }

    Options const& options_;
    tool::Context& context_;
    pg::ConnInfo where_;
    pg::Connection connection_;
    std::int32_t pid_ = 0;
    std::string application_;
    std::string backend_start_;
    std::map<std::string, std::string> told_;
    std::map<std::string, std::int64_t> statements_; // seen at work, for how many ms at most
    time::Steady told_at_{};
    std::size_t most_blocked_ = 0;
    int looks_ = 0;
};

} // namespace

void watch(Options const& options, tool::Context& context) {
    Watch{options, context}.run();
}

} // namespace slipway::migrate_apply
