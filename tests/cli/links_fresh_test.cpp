// SPDX-License-Identifier: Apache-2.0
// Rows whose links links-migrate takes apart by itself, against the server's statement: a trigger
// before the insertion, which does nothing, has it use the statement alone.
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "support/links_site.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

BOOST_AUTO_TEST_SUITE(links_fresh)

using namespace slipway;
using support::count;
using support::LinksSite;

namespace {

// Keys and values of every type that is passed on as text, with what texts have to escape.
struct Members {
    support::Database db;
    fs::TempFolder folder{"slipway-fresh-"};

    Members() {
        db.run(R"(
create table members (key text primary key, note varchar(30), paid numeric(8, 3), vip boolean, born date,
                      code char(5), share double precision, data jsonb);
create table member_links (id text primary key, member text not null references members, label text not null,
  url varchar(200) not null, kind text not null, place bigint not null, note varchar(30), paid numeric(8, 3),
  vip boolean, born date, code char(5), share double precision, written_on date not null,
  written_at timestamptz not null);
create unique index on member_links (member, kind, url);
insert into members
select case n % 3 when 0 then 'Zed-' when 1 then 'alpha ' else E'tab\tback\\slash' end || n,
       nullif((array['', E'two\nlines', 'a,b', '(c)', E'"q"\\', 'plain', E'\\N'])[n % 7 + 1], 'plain'),
       n / 7.0, n % 2 = 0, date '2000-01-01' + n, 'c' || n % 10, n / 3.0,
       case n % 5 when 0 then jsonb_build_object('website', 'HTTPS://W' || n || '.Example/A', 'blog', 'https://b.example')
         when 1 then jsonb_build_array('https://a.example/' || n, 'https://a.example/' || n, 'name')
         when 2 then jsonb_build_array(jsonb_build_object('url', 'https://l.example', 'label', E'a\tb\\c', 'position', 5),
                                       jsonb_build_object('url', 'https://bücher.example/x', 'type', 'IMDB'))
         when 3 then to_jsonb('["https://t.example", {"url": "https://u.example", "position": 1e0}]'::text)
         else 'null' end
from generate_series(1, 400) n)");
        fs::write_atomic(folder.path() / "members.yaml", R"(
name: members
source: { table: members, key: key, json: data, where: s.vip is not null }
target:
  table: member_links
  id: id
  parent: member
  url: { column: url, members: url }
  type: { column: kind, members: type, words: { website: web, imdb: film }, order: [film, web, any], default: any }
  label: { column: label, members: label, limit: 60 }
  position: { column: place, members: position, first: 3 }
  copied: { note: note, paid: paid, vip: vip, born: born, code: code, share: share }
  stamped: [written_on, written_at]
)");
    }

    support::ToolRun run(std::vector<std::string> args = {}) const {
        args.insert(args.end(), {"--mapping", (folder.path() / "members.yaml").string()});
        return support::run_tool(
            "links-migrate",
            args,
            {{"DATABASE_URL", db.conninfo().uri().reveal()}, {"SLIPWAY_ENVIRONMENT", "test"}});
    }

    std::string digest() const {
        auto connection = db.connect();
        return connection
            .exec(
                "select count(*) || ' ' || md5(string_agg(to_jsonb(l)::text, ',' order by member, "
                "place))"
                " from (select member, label, url, kind, place, note, paid, vip, born, code, share"
                "       from member_links) l")
            .one_value<std::string>();
    }
};

void by_statement_alone(support::Database const& db, std::string const& table) {
    db.run(
        "create function pass() returns trigger language plpgsql as 'begin return new; end';"
        "create trigger pass before insert on " +
        table + " for each row execute function pass()");
}

} // namespace

BOOST_AUTO_TEST_CASE(values_of_every_type_come_out_as_by_the_statement) {
    Members const fresh;
    Members const stated;
    by_statement_alone(stated.db, "member_links");
    auto const one = fresh.run({"--batch", "90", "--jobs", "2"});
    auto const two = stated.run({"--batch", "90", "--jobs", "2"});
    BOOST_TEST(one.code == 0, one.all());
    BOOST_TEST(two.code == 0, two.all());
    BOOST_TEST(count(one, "inserted") == 560, one.all());
    BOOST_TEST(one.at("/data/counts") == two.at("/data/counts"));
    BOOST_TEST(fresh.digest() == stated.digest());
    for (auto const* const each : {&fresh, &stated}) {
        auto const verified = each->run({"verify"});
        BOOST_TEST(verified.code == 0, verified.all());
        BOOST_TEST(verified.at("/data/verify/links/same") == "560");
        BOOST_TEST(count(each->run(), "already_present") == 560);
        auto const undone = each->run({"rollback", "--yes"});
        BOOST_TEST(undone.at("/data/rollback/removed") == "560", undone.all());
        auto connection = each->db.connect();
        BOOST_TEST(
            connection.exec("select count(*) from member_links").one_value<std::int64_t>() == 0);
    }
}

BOOST_AUTO_TEST_CASE(what_a_trigger_makes_of_a_row_is_what_the_ledger_knows) {
    LinksSite const site;
    site.db.run("create function shout() returns trigger language plpgsql as"
                " 'begin new.label = upper(new.label); return new; end';"
                "create trigger shout before insert on profile_links for each row"
                " execute function shout()");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select count(*) from profile_links where label <> upper(label)") == "0");
    auto const undone = site.run({"rollback", "--yes"});
    BOOST_TEST(undone.at("/data/rollback/removed") == run.at("/data/counts/inserted"));
    BOOST_TEST(undone.at("/data/rollback/kept_changed") == "0");
}

BOOST_AUTO_TEST_CASE(a_batch_of_large_values_ends_where_they_grow_beyond_memory) {
    LinksSite const site{false};
    LinksSite const stated{false};
    by_statement_alone(stated.db, "profile_links");
    for (auto const* const each : {&site, &stated}) {
        for (int n = 1; n <= 6; ++n) {
            // 2 MB each, and one of more than a batch holds.
            auto const links = n == 3 ? 5'000 : 2'000;
            each->add_profile(n, "[]");
            each->db.run(fmt::format(
                R"(update profiles set "socialLinks" = (select jsonb_agg('https://p.example/' ||
                     repeat('x', 1000) || i % 50) from generate_series(1, {}) i) where id = md5('profile:{}')::uuid)",
                links,
                n));
        }
        auto const run = each->run({"--samples", "no"});
        BOOST_TEST(run.code == 0, run.all());
        BOOST_TEST(count(run, "rows") == 6);
        BOOST_TEST(count(run, "inserted") == 300, run.all());
        BOOST_TEST(count(run, "duplicates") == 5 * 1'950 + 4'950);
        BOOST_TEST(each->run({"verify"}).code == 0);
    }
    BOOST_TEST(site.target_digest() == stated.target_digest());
}

BOOST_AUTO_TEST_SUITE_END()
