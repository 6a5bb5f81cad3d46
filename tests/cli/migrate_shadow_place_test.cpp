// SPDX-License-Identifier: Apache-2.0
// Where a shadow is made: the same server, another one, a private one; and what is refused.
#include "cluster/cluster.hpp"
#include "cluster/installation.hpp"
#include "support/forked.hpp"
#include "support/shadow_site.hpp"

#include <csignal>

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_shadow_place)

using namespace slipway;
using support::Environment;
using support::ShadowSite;
using Words = std::vector<std::string>;

namespace {

// A folder of programs that are PostgreSQL's, but for a pg_dump that is this script.
fs::TempFolder programs_with(std::string const& script) {
    fs::TempFolder out{"slipway-bin-"};
    fs::Path const path = out.path() / "pg_dump";
    fs::write_atomic(path, script);
    std::filesystem::permissions(path, std::filesystem::perms{0755});
    return out;
}

fs::Path real_pg_dump() {
    return cluster::find_installation().bin / "pg_dump";
}

} // namespace

BOOST_AUTO_TEST_CASE(an_embedded_shadow_has_the_roles_settings_and_rights_of_the_target) {
    ShadowSite site;
    std::string const app = site.db.name() + "_app";
    std::string const other = site.db.name() + "_other";
    site.db.run(
        "create role " + app + " login createrole; create role " + other + "; grant " + other +
        " to " + app + "; create schema shop authorization " + app +
        "; grant create on schema shop to " + other + "; create table shop.t (id int); " +
        "alter table shop.t owner to " + app +
        "; create table shop.foreign_one (id int); grant select on shop.foreign_one to " + app +
        ";" + "alter default privileges for role " + app + " grant select on tables to " + other +
        "; alter database " + site.db.name() + " set search_path = shop, public; " + "alter role " +
        app + " set work_mem = '9MB'; alter role " + app + " in database " + site.db.name() +
        " set my.setting = 'a, b'; create extension citext;" + "grant create on database " +
        site.db.name() + " to " + app);
    site.add(
        "001_a.sql",
        "alter table t add x citext; grant select on t to " + other + "; alter table t owner to " +
            other + "; create role " + site.db.name() + "_new; " +
            "do $$ begin if current_setting('work_mem') <> '9MB' or current_setting('my.setting') "
            "<> 'a, b' then raise 'settings'; end if; end $$;");
    auto const before = site.dump();
    auto const url = site.db.conninfo().with("user", app).uri().reveal();
    auto run = site.embedded({}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.says("owner of table"));
    BOOST_TEST(run.at("/data/shadow/kind") == "embedded");
    BOOST_TEST(run.at("/data/shadow/left_out") == "[]");
    // What is not the role's is not the role's there either.
    site.add("001_a.sql", "alter table foreign_one add x int;");
    run = site.embedded({}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.at("/error/sqlstate") == "42501", run.all());
    // On the same server such a role may make no database, and the ways are named.
    run = site.shadow({}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.code == 4, run.all());
    for (std::string_view const way :
         {"--shadow embedded", "--shadow-database-url", "--dry-run=plan", "--dry-run=rollback"}) {
        BOOST_TEST(run.at("/error/hint").find(way) != std::string::npos, way);
    }
    // One that may make them copies what it may.
    site.db.run("alter role " + app + " createdb nocreaterole");
    site.add("001_a.sql", "create table n (id int);");
    run = site.shadow({}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.says("left out"), run.all());
    BOOST_TEST(site.leftovers().empty());
    BOOST_TEST(site.dump() == before);
    site.db.run(
        "drop schema shop cascade; alter default privileges for role " + app +
        " revoke select on tables from " + other + "; drop owned by " + app + ", " + other +
        "; drop role " + app + ", " + other);
}

BOOST_AUTO_TEST_CASE(a_statement_for_the_whole_server_is_refused_where_others_live_on_it) {
    ShadowSite site;
    std::string const role = site.db.name() + "_r";
    Words const statements{
        "do $$ begin create role " + role + "; end $$;",
        "do $$ begin begin grant connect on database " + site.db.name() +
            " to public; exception when others then null; end; end $$;",
        "alter database " + site.db.name() + " set work_mem = '9MB';",
        "create database " + role + ";"};
    for (auto const& statement : statements) {
        site.add("001_a.sql", "select 1;\n" + statement);
        auto const run = site.shadow();
        BOOST_TEST(run.code == 4, statement + run.all());
        BOOST_TEST(run.at("/error/where/line") == "2", statement);
        BOOST_TEST(run.at("/error/hint").find("--shadow embedded") != std::string::npos);
        BOOST_TEST(site.ask("select count(*) from pg_roles where rolname = '" + role + "'") == "0");
        BOOST_TEST(
            site.ask("select coalesce(datacl::text, '') || (select count(*) from "
                     "pg_db_role_setting s where s.setdatabase = d.oid) from pg_database d where "
                     "datname = current_database()") == "0",
            statement);
    }
    auto const own = site.embedded();
    BOOST_TEST(own.code == 0, own.all());
    BOOST_TEST(site.leftovers().empty());
}

BOOST_AUTO_TEST_CASE(a_shadow_on_another_server_lacks_what_that_does_not_have_and_says_so) {
    cluster::Settings settings;
    settings.cache = ShadowSite::cache();
    auto const server = cluster::Cluster::start(settings);
    ShadowSite site;
    std::string const role = site.db.name() + "_owner";
    site.db.run(
        "create role " + role + "; create table t (id int); alter table t owner to " + role);
    site.add("001_a.sql", "alter table t add x int;");
    Environment const there{{"SHADOW_DATABASE_URL", server.conninfo().uri().reveal()}};
    auto run = site.shadow({}, there);
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/shadow/kind") == "url");
    BOOST_TEST(run.at("/data/shadow/left_out").find("OWNER TO") != std::string::npos, run.all());
    BOOST_TEST(
        pg::Connection::open(server.conninfo())
            .exec("select count(*) from pg_database where datname like 'slipway%'")
            .one_value<std::int64_t>() == 0);
    run = site.shadow({"--shadow", "same"}, there); // by name it wins over the variable
    BOOST_TEST(run.at("/data/shadow/kind") == "same", run.all());
    run = site.shadow({"--shadow", "url"});
    BOOST_TEST(run.code == 2, run.all());
    site.db.run("drop table t; drop role " + role);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_copied_is_refused_with_the_ways) {
    ShadowSite site;
    site.add("001_a.sql", "create table a ();");
    auto const old = programs_with("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n");
    auto run = site.shadow({}, {{"SLIPWAY_PG_BIN", old.path().string()}});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/error/hint").find("postgresql-client-") != std::string::npos, run.all());
    // Another runner applies while the schema is copied.
    site.add("002_b.sql", "create table b ();");
    auto const slow = programs_with(
        "#!/bin/sh\n" + real_pg_dump().string() +
        " \"$@\" || exit\ncase \"$*\" in *--schema-only*)\n" + "DATABASE_URL='" +
        site.db.conninfo().uri().reveal() +
        "' " SLIPWAY_BUILD_DIR
        "/bin/migrate-apply --only 001_a --output \"$(mktemp -d)/r.json\" --dir '" +
        site.dir.string() + "' >&2 ;; esac\n");
    run = site.shadow({}, {{"SLIPWAY_PG_BIN", slow.path().string()}});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(
        run.says("the history of migrations changed while the schema was copied"), run.all());
    BOOST_TEST(site.ask("select to_regclass('a') is not null") == "t");
    // A table that somebody holds is not waited for longer than --lock-timeout.
    auto holder = site.db.connect();
    holder.exec("begin; lock table a in access exclusive mode");
    run = site.shadow({"--lock-timeout", "200ms"});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/error/hint").find("--lock-timeout") != std::string::npos, run.all());
    holder.exec("rollback");
    // The embedded server's programs are those of another version.
    auto const none = programs_with("#!/bin/sh\nexit 1\n");
    run = site.embedded({}, {{"SLIPWAY_PG_BIN", none.path().string()}});
    BOOST_TEST((run.code == 2 || run.code == 4), run.all());
    BOOST_TEST(site.leftovers().empty());
}

// RLIMIT_FSIZE is the full disk of a test: no file of the private server may grow beyond it.
BOOST_AUTO_TEST_CASE(a_full_disk_under_the_embedded_server_is_told_and_all_is_cleaned_up) {
    ShadowSite site;
    site.add(
        "001_a.sql",
        "create table a as select repeat(md5(g::text), 60) x from generate_series(1, 20000) g;");
    auto const before = site.dump();
    fs::TempFolder const place{"slipway-full-"};
    std::filesystem::permissions(place.path(), std::filesystem::perms::all);
    for (rlim_t const most : {rlim_t{20} << 20U, rlim_t{400'000}}) {
        auto const ended = support::in_child([&]() -> std::string {
            rlimit const limit{most, most};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            std::signal(SIGXFSZ, SIG_IGN);
            auto const run = site.embedded({}, {{"TMPDIR", place.path().string()}});
            return std::to_string(run.code) + " " + run.at("/error/message") + " / " +
                   run.at("/error/hint");
        });
        BOOST_TEST(ended.answer.starts_with("3 "), ended.answer);
        BOOST_TEST(ended.answer.find("room") != std::string::npos, ended.answer);
        BOOST_TEST(ended.answer.find("TMPDIR") != std::string::npos, ended.answer);
        BOOST_TEST(std::filesystem::is_empty(place.path()));
    }
    BOOST_TEST(site.dump() == before);
}

BOOST_AUTO_TEST_SUITE_END()
