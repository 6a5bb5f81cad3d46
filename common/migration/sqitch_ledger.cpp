// SPDX-License-Identifier: Apache-2.0
// What sqitch writes when it deploys, fails and reverts: App::Sqitch::Role::DBIEngine and
// ::Engine::pg of sqitch 1.3.1.
#include "migration/sqitch_ledger.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "migration/listed.hpp"
#include "migration/rows.hpp"
#include "migration/sqitch_plan.hpp"
#include "migration/state.hpp"
#include "text/join.hpp"

#include <array>
#include <map>

#include <unistd.h>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

class SqitchLedger final : public ListedLedger {
public:
    explicit SqitchLedger(Folder const& folder) {
        for (auto const& file : folder.files) {
            planned_.emplace(file.version, file.planned);
            project_ = file.planned->project;
        }
    }

    [[nodiscard]] std::string table() const override { return R"("sqitch"."changes")"; }

    void create(pg::Connection& connection) const override {
        if (!table_exists(connection, table())) {
            connection.exec(sqitch_registry);
            auto const who = committer({});
            connection.exec(
                "insert into sqitch.releases (version, installer_name, installer_email)"
                " values (1.1, coalesce($1, session_user::text), coalesce($2, session_user || $3))",
                {who.name, who.email, at_host()});
        }
        require_known_release(connection);
        if (!planned_.empty() && !is_registered(connection, *planned_.begin()->second)) {
            register_project(connection, *planned_.begin()->second);
        }
    }

    [[nodiscard]] std::vector<std::int64_t> foreign_locks() const override { return {75474063}; }

    void
    note(pg::Connection& connection, std::string_view key, std::string_view log) const override {
        ListedLedger::note(connection, key, log);
        bool const failed = says_rolled_back(log) || log.find('\n') != std::string_view::npos;
        auto const change = failed ? planned_.find(noted_id(connection, key)) : planned_.end();
        if (change != planned_.end()) {
            add_event(pg::sending_to(connection), "fail", *change->second, {});
        }
    }

    void
    take_back(pg::Send const& send, File const& file, Entry const& entry, Attempt const& attempt)
        const override {
        send("lock table sqitch.changes in exclusive mode", {});
        add_event(
            send,
            "revert",
            *file.planned,
            attempt,
            "with gone as (delete from sqitch.tags where change_id = $2 returning tag) ",
            "coalesce((select array_agg(tag) from gone), '{}')");
        send("delete from sqitch.changes where change_id = $1", {entry.id});
    }

protected:
    [[nodiscard]] History read_list(pg::Connection& connection) const override {
        History history;
        history.table_exists = table_exists(connection, table());
        if (!history.table_exists) {
            return history;
        }
        require_known_release(connection);
        history.table_exists =
            planned_.empty() || is_registered(connection, *planned_.begin()->second);
        for (auto const row : connection.exec(
                 "select change_id, change, coalesce(script_hash, ''), committed_at::text"
                 " from sqitch.changes where $1 in ('', project) order by committed_at",
                 {project_})) {
            Entry entry;
            entry.key = entry.id = row.get<std::string>(0);
            entry.name = row.get<std::string>(1);
            entry.checksum = row.get<std::string>(2);
            entry.started_at = entry.finished_at = row.get<std::string>(3);
            entry.finished = true;
            history.entries.push_back(std::move(entry));
        }
        return history;
    }

    void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& attempt,
        std::string_view /*took*/) const override {
        auto const& change = *file.planned;
        auto const who = committer(attempt);
        send("lock table sqitch.changes in exclusive mode", {});
        refuse_conflicts(send, change);
        send(
            "insert into sqitch.changes (change_id, script_hash, change, project, note,"
            " committer_name, committer_email, planned_at, planner_name, planner_email)"
            " values ($1, $2, $3, $4, $5, coalesce($6, session_user::text),"
            " coalesce($7, session_user || $8), $9::timestamptz, $10, $11)",
            {change.id,
             file.recorded,
             change.name,
             change.project,
             change.note,
             who.name,
             who.email,
             at_host(),
             change.date,
             change.planner,
             change.email});
        for (auto const& one : change.dependencies) {
            send(
                "insert into sqitch.dependencies (change_id, type, dependency, dependency_id)"
                " values ($1, $2, $3, nullif($4, ''))",
                {change.id, one.conflict ? "conflict" : "require", one.text, one.id});
        }
        // A tag may have come to the change before when that was deployed already.
        if (auto const before = planned_.find(change.parent); before != planned_.end()) {
            add_tags(send, *before->second, who);
        }
        add_tags(send, change, who);
        add_event(send, "deploy", change, attempt);
    }

private:
    // Nothing where the server's own name for us is taken.
    struct Committer {
        std::optional<std::string> name;
        std::optional<std::string> email;
    };

    static std::string at_host() { return "@" + host_name(); }

    // As sqitch: its variables, its configuration, the user.
    [[nodiscard]] Committer committer(Attempt const& attempt) const {
        Committer out{ci::variable("SQITCH_FULLNAME"), ci::variable("SQITCH_EMAIL")};
        auto const otherwise = [](std::optional<std::string>& value, std::string const& next) {
            if (!value && !next.empty()) {
                value = next;
            }
        };
        if (!planned_.empty()) {
            otherwise(out.name, planned_.begin()->second->user_name);
            otherwise(out.email, planned_.begin()->second->user_email);
        }
        otherwise(out.name, attempt.actor);
        otherwise(out.email, attempt.actor.empty() ? "" : attempt.actor + at_host());
        return out;
    }

    static pg::Param tags_of(PlannedChange const& change) {
        std::vector<std::string> names;
        for (auto const& tag : change.tags) {
            names.push_back(tag.name);
        }
        return pg::text_array(names);
    }

    static pg::Param texts_of(PlannedChange const& change, bool conflicts) {
        std::vector<std::string> texts;
        for (auto const& one : change.dependencies) {
            if (one.conflict == conflicts) {
                texts.push_back(one.text);
            }
        }
        return pg::text_array(texts);
    }

    static void add_tags(pg::Send const& send, PlannedChange const& change, Committer const& who) {
        for (auto const& tag : change.tags) {
            send(
                "insert into sqitch.tags (tag_id, tag, project, change_id, note, committer_name,"
                " committer_email, planned_at, planner_name, planner_email)"
                " values ($1, $2, $3, $4, $5, coalesce($6, session_user::text),"
                " coalesce($7, session_user || $8), $9::timestamptz, $10, $11)"
                " on conflict (tag_id) do nothing",
                {tag.id,
                 tag.name,
                 change.project,
                 change.id,
                 tag.note,
                 who.name,
                 who.email,
                 at_host(),
                 tag.date,
                 tag.planner,
                 tag.email});
        }
    }

    // What is required is looked after by a foreign key.
    static void refuse_conflicts(pg::Send const& send, PlannedChange const& change) {
        for (auto const& one : change.dependencies) {
            if (one.conflict) {
                // The text that is no number is what the server says.
                send(
                    "select (format('%s conflicts with %s', $1::text, change))::integer"
                    " from sqitch.changes where project = $2 and change = split_part($3, '@', 1)",
                    {change.name, change.project, one.text});
            }
        }
    }

    void add_event(
        pg::Send const& send,
        std::string_view event,
        PlannedChange const& change,
        Attempt const& attempt,
        std::string_view before = "",
        std::string_view tags = "$13::text[]") const {
        auto const who = committer(attempt);
        send(
            fmt::format(
                "{}insert into sqitch.events (event, change_id, change, project, note, tags,"
                " requires, conflicts, committer_name, committer_email, planned_at, planner_name,"
                " planner_email) select $1, $2, $3, $4, $5, {}, $6::text[], $7::text[],"
                " coalesce($8, session_user::text), coalesce($9, session_user || '{}'),"
                " $10::timestamptz, $11, $12 where $13::text[] is not null",
                before,
                tags,
                at_host()),
            {event,
             change.id,
             change.name,
             change.project,
             change.note,
             texts_of(change, false),
             texts_of(change, true),
             who.name,
             who.email,
             change.date,
             change.planner,
             change.email,
             tags_of(change)});
    }

    static void require_known_release(pg::Connection& connection) {
        auto const release =
            connection.exec("select coalesce(max(version)::text, '') from sqitch.releases")
                .one_value<std::string>();
        if (release != "1.1") {
            throw Error{
                ErrorKind::refused,
                fmt::format("the registry of sqitch has the version {}", release),
                "Only 1.1 is known; an older one is brought up by sqitch upgrade."};
        }
    }

    // Whether the project is there; refused where it is another of the same name.
    static bool is_registered(pg::Connection& connection, PlannedChange const& change) {
        auto const found = connection.exec(
            "select coalesce(uri, '') from sqitch.projects where project = $1", {change.project});
        if (!found.empty() && found[0].get<std::string>(0) != change.uri) {
            throw Error{
                ErrorKind::refused,
                fmt::format(
                    R"(the project {} is registered with the URI "{}", and the plan says "{}")",
                    change.project,
                    found[0].get<std::string>(0),
                    change.uri),
                "Look whether --dir and the database belong together."};
        }
        return !found.empty();
    }

    void register_project(pg::Connection& connection, PlannedChange const& change) const {
        auto const who = committer({});
        connection.exec(
            "insert into sqitch.projects (project, uri, creator_name, creator_email)"
            " values ($1, nullif($2, ''), coalesce($3, session_user::text),"
            " coalesce($4, session_user || $5))",
            {change.project, change.uri, who.name, who.email, at_host()});
    }

    std::string project_;
    std::map<std::string, std::shared_ptr<PlannedChange const>, std::less<>> planned_;
};

} // namespace

std::unique_ptr<Ledger> sqitch_ledger(Folder const& folder, pg::ConnInfo const& /*target*/) {
    return std::make_unique<SqitchLedger>(folder);
}

} // namespace slipway::migration
