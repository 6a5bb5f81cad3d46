// SPDX-License-Identifier: Apache-2.0
// What goes wrong in the middle of a backup: no half of one stays, the cause is named, and the last
// good backup is there whatever retention says.
#include "cluster/cluster.hpp"
#include "support/cutting_proxy.hpp"
#include "support/kills.hpp"
#include "support/shop.hpp"

#include <thread>

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(backup_fault)

using namespace slipway;
using support::Cut;
using support::Ended;
using support::Shop;

namespace {

// A good backup, and a table that has several stretches, larger than all others together.
class Scene {
public:
    explicit Scene(int rows = 60'000) {
        shop.database().run(
            "create table large (id int primary key, t text);"
            "insert into large select n, md5(n::text) || repeat(md5((n * 7)::text), 12) "
            "from generate_series(1, " +
            std::to_string(rows) + ") n");
        auto const made = shop.run({"--id", "good"});
        BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    }

    void require_only_the_good_one(Ended const& ended, std::string const& when) const {
        BOOST_TEST(ended.exit_code != 0, when + ": " + ended.output);
        BOOST_TEST(ended.exit_code != 70, when + ": " + ended.output);
        BOOST_TEST(!ended.at("error.message").empty(), when);
        BOOST_TEST(
            shop.files() == (std::vector<std::string>{"good.manifest.json", "good.tar"}), when);
        auto const listed = shop.run({"list"});
        BOOST_TEST((*listed.record)["data"]["backups"].size() == 1, when);
        BOOST_TEST((*listed.record)["data"]["broken"].empty(), when);
        BOOST_TEST(shop.run({"prune", "--keep", "1"}).exit_code == 0);
        BOOST_TEST(shop.run({"verify", "good"}).exit_code == 0, when);
    }

    Shop shop;
};

using Words = std::vector<std::string>;
Words const by_split{"--split-larger-than", "1MB", "--keep", "1"};
Words const by_pg_dump{"--engine", "pg_dump", "--keep", "1"};

bool says(Ended const& ended, std::string const& words) {
    return ended.at("error.message").find(words) != std::string::npos;
}

// pg_dump, killed once it has written that many bytes.
fs::Path killed_at(Shop const& shop, int bytes) {
    return shop.programs(
        "$REAL \"$@\" & dump=$!; while kill -0 $dump 2>/dev/null; do "
        "size=$(du -sb $OUT 2>/dev/null | cut -f1); [ ${size:-0} -ge " +
        std::to_string(bytes) + " ] && kill -9 $dump; done; wait $dump; exit 137");
}

void wait_for_file(fs::Path const& path) {
    while (!std::filesystem::exists(path)) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

// Runs db-backup by a shell that sets a limit first.
Ended run_limited(Shop const& shop, Words const& arguments, std::string const& limit) {
    auto command = shop.command(arguments);
    std::string const program = command.program;
    command.program = "/bin/bash";
    command.arguments.insert(
        command.arguments.begin(), {"-c", limit + "; exec \"$0\" \"$@\"", program});
    auto const outcome = proc::run(command, {});
    return {outcome.exit_code, outcome.output + outcome.error_tail, json::Box{shop.record()}};
}

// Runs db-backup with its backups on a file system of 48 MB, in which pg_dump's wrapper fills all but
// so many KiB before anything is dumped; `listing` in the shop's folder has what was left there.
Ended run_on_a_full_disk(Shop const& shop, Words const& arguments, int left) {
    std::string const filler = (shop.backups() / "filler").string();
    auto const bin = shop.programs(
        "head -c 100M /dev/zero >" + filler + " 2>/dev/null; truncate -s -" + std::to_string(left) +
        "K " + filler + "; exec $REAL \"$@\"");
    auto command = shop.command(arguments, {{"SLIPWAY_PG_BIN", bin.string()}});
    std::string const script = "set -e; cp -r " + shop.backups().string() +
                               " saved; mount -t tmpfs -o size=48m small " +
                               shop.backups().string() + "; cp saved/* " + shop.backups().string() +
                               "; rm -r saved; code=0; \"$0\" \"$@\" || code=$?; ls -A " +
                               shop.backups().string() + " >listing; exit $code";
    std::string const program = command.program;
    command.program = "unshare";
    // A mount of one's own needs root, or a user namespace in which one is root.
    command.arguments.insert(
        command.arguments.begin(),
        {::geteuid() == 0 ? "-m" : "-rm", "/bin/bash", "-c", script, program});
    auto const outcome = proc::run(command, {});
    return {outcome.exit_code, outcome.output + outcome.error_tail, json::Box{shop.record()}};
}

// The URL through a proxy that cuts.
std::pair<std::string, std::string> through(Shop const& shop, support::CuttingProxy const& proxy) {
    return {
        "DATABASE_URL",
        shop.database().conninfo().with("port", std::to_string(proxy.port())).uri().reveal()};
}

} // namespace

BOOST_AUTO_TEST_CASE(pg_dump_killed_at_any_byte) {
    Scene const scene;
    for (int const bytes : {0, 200'000}) {
        for (auto const& engine : {by_split, by_pg_dump}) {
            auto const bin = killed_at(scene.shop, bytes);
            auto const ended = scene.shop.run(engine, {{"SLIPWAY_PG_BIN", bin.string()}});
            std::string const when = "killed at " + std::to_string(bytes);
            scene.require_only_the_good_one(ended, when);
            BOOST_TEST(says(ended, "pg_dump failed"), when + ": " + ended.output);
            BOOST_TEST(ended.check("dump.exit") == "failed");
        }
    }
}

BOOST_AUTO_TEST_CASE(no_room_left_for_a_file) {
    Scene const scene;
    // pg_dump's processes may write over each other's words, of which one is then lost.
    // In blocks of 1024 bytes: too little for pg_dump's own files, for the rows, for the tar.
    for (int const blocks : {64, 1000, 2500}) {
        for (auto const& engine : {by_split, by_pg_dump}) {
            auto const ended =
                run_limited(scene.shop, engine, "ulimit -f " + std::to_string(blocks));
            std::string const when = "with " + std::to_string(blocks) + " blocks";
            scene.require_only_the_good_one(ended, when);
            BOOST_TEST(
                (says(ended, "File too large") || says(ended, "died unexpectedly")),
                when + ": " + ended.output);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_full_in_the_middle) {
    Scene const scene;
    // Too little for pg_dump's own files, for the rows, for the tar.
    for (int const left : {0, 200, 1500}) {
        for (auto const& engine : {by_split, by_pg_dump}) {
            auto const ended = run_on_a_full_disk(scene.shop, engine, left);
            std::string const when = "with " + std::to_string(left) + " KiB left";
            BOOST_TEST(ended.exit_code == 3, when + ": " + ended.output);
            BOOST_TEST(says(ended, "No space left on device"), when + ": " + ended.output);
            BOOST_TEST(
                fs::read_file(scene.shop.folder() / "listing") ==
                    "filler\ngood.manifest.json\ngood.tar\n",
                when);
            scene.require_only_the_good_one(ended, when);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_server_stopped_while_rows_are_copied) {
    Scene const scene;
    for (auto const& engine : {by_split, by_pg_dump}) {
        cluster::Settings settings;
        settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
        settings.tcp = true;
        auto server = cluster::Cluster::start(settings);
        pg::Connection::open(server.conninfo())
            .script("create table large as select n, repeat(md5(n::text), 20) as t "
                    "from generate_series(1, 300000) n");
        auto child = proc::Child::start(
            scene.shop.command(engine, {{"DATABASE_URL", server.conninfo().uri().reveal()}}));
        auto const copying = [&] {
            std::error_code code;
            auto entries =
                std::filesystem::recursive_directory_iterator{scene.shop.backups(), code};
            return std::any_of(begin(entries), end(entries), [&](auto const& entry) {
                return entry.path().string().find(".partial-") != std::string::npos &&
                       entry.is_regular_file(code) && entry.file_size(code) > 100'000;
            });
        };
        while (!copying() && !child.reaped()) {
            child.reap();
        }
        server.stop();
        while (!child.reaped()) {
            child.reap();
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
        Ended const ended{child.exit_code(), "", json::Box{scene.shop.record()}};
        scene.require_only_the_good_one(ended, engine.front());
        BOOST_TEST(ended.exit_code == 3, ended.text());
    }
}

BOOST_AUTO_TEST_CASE(the_connection_cut_at_any_statement) {
    Scene const scene;
    int number = 0;
    int const port = std::stoi(scene.shop.database().conninfo().port());
    for (std::string const word :
         {"pg_export_snapshot",
          "set transaction snapshot",
          "copy (select",
          "COPY public.",
          "select 1"}) {
        for (auto const cut : {Cut::before_the_server_sees_it, Cut::after_the_server_answers}) {
            // The short form takes the two kinds of cut in turns.
            bool const before = cut == Cut::before_the_server_sees_it;
            if (!support::full_faults() && before != (number % 2 == 0)) {
                continue;
            }
            support::CuttingProxy const proxy{port, word, cut};
            auto const ended = scene.shop.run(by_split, {through(scene.shop, proxy)});
            BOOST_TEST(proxy.has_cut(), word);
            scene.require_only_the_good_one(ended, "cut at " + word);
            BOOST_TEST(ended.exit_code == 3, word + ": " + ended.text());
        }
        ++number;
    }
}

BOOST_AUTO_TEST_CASE(truncate_and_ddl_in_the_middle_wait_until_the_rows_are_read) {
    int kind = 0;
    for (auto const& engine : {by_split, by_pg_dump}) {
        for (std::string const statement :
             {"truncate large", "drop table large", "alter table large drop column t"}) {
            if (!support::full_faults() && kind++ % 3 != 0) {
                continue;
            }
            Scene const scene;
            std::string const marker = (scene.shop.folder() / "dumped").string();
            auto const bin = scene.shop.programs("$REAL \"$@\" && : >" + marker + " && sleep 0.5");
            std::thread change{[&] {
                wait_for_file(marker);
                scene.shop.database().run(statement);
            }};
            auto const ended = scene.shop.run(engine, {{"SLIPWAY_PG_BIN", bin.string()}});
            change.join();
            BOOST_TEST(ended.exit_code == 0, statement + ": " + ended.output);
            BOOST_TEST((ended.text().find("60000") != std::string::npos));
            auto const level = support::full_faults() ? "restore" : "list";
            BOOST_TEST(scene.shop.run({"verify", "latest", "--verify", level}).exit_code == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(who_wants_a_table_alone_before_pg_dump_holds_it_is_not_kept_waiting) {
    Scene const scene;
    std::string const marker = (scene.shop.folder() / "dumping").string();
    auto const bin = scene.shop.programs(": >" + marker + "; sleep 1; exec $REAL \"$@\"");
    std::thread change{[&] {
        wait_for_file(marker);
        scene.shop.database().run("alter table large add column more int");
    }};
    auto const ended = scene.shop.run(by_split, {{"SLIPWAY_PG_BIN", bin.string()}});
    change.join();
    scene.require_only_the_good_one(ended, "behind an exclusive lock");
    BOOST_TEST(ended.exit_code == 4, ended.output);
    BOOST_TEST(
        (says(ended, "public.large IN ACCESS SHARE MODE") || says(ended, "\"large\" is locked")),
        ended.at("error.message"));
}

BOOST_AUTO_TEST_CASE(rows_truncated_because_the_lock_was_lost_are_no_backup) {
    Scene const scene;
    auto const bin = scene.shop.programs(
        ": >" + (scene.shop.folder() / "dumping").string() + "; sleep 1; exec $REAL \"$@\"");
    std::thread change{[&] {
        wait_for_file((scene.shop.folder() / "dumping").string());
        scene.shop.database().run(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
            "current_database() and state = 'idle in transaction' and "
            "query like '%limit 0%' or query like '%count%' and pid <> pg_backend_pid()");
    }};
    auto const ended = scene.shop.run(by_split, {{"SLIPWAY_PG_BIN", bin.string()}});
    change.join();
    scene.require_only_the_good_one(ended, "without its coordinator");
}

BOOST_AUTO_TEST_CASE(a_role_that_may_not_read_one_table) {
    Scene const scene;
    std::string const role = "role_of_" + scene.shop.database().name();
    scene.shop.database().run(
        "create role " + role + " login; grant select on all tables in schema public to " + role +
        "; revoke select on large from " + role);
    std::pair<std::string, std::string> const url{
        "DATABASE_URL", scene.shop.database().conninfo().with("user", role).uri().reveal()};
    for (auto const& engine : {by_split, by_pg_dump}) {
        auto const ended = scene.shop.run(engine, {url});
        scene.require_only_the_good_one(ended, engine.front());
        BOOST_TEST(ended.exit_code == 2, ended.output);
        BOOST_TEST(says(ended, "\"large\""), ended.at("error.message"));
    }
    // All columns but one are not all.
    scene.shop.database().run("grant select (id) on large to " + role);
    scene.require_only_the_good_one(scene.shop.run(by_split, {url}), "one column");
    scene.shop.database().run(
        "grant select on large to " + role +
        "; alter table large enable row level security; "
        "create policy few on large using (id < 10)");
    auto const hidden = scene.shop.run(by_split, {url});
    scene.require_only_the_good_one(hidden, "row-level security");
    BOOST_TEST(says(hidden, "row-level security"), hidden.at("error.message"));
    scene.shop.database().run("drop owned by " + role + "; drop role " + role);
}

BOOST_AUTO_TEST_SUITE_END()
