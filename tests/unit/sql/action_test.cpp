// SPDX-License-Identifier: Apache-2.0
#include "sql/action.hpp"

#include "text/join.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(sql_action)

using namespace slipway;

namespace {

using Kind = sql::Action::Kind;

std::string full(sql::Name const& name) {
    return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

std::string all(std::vector<sql::Name> const& names) {
    std::string out;
    for (auto const& name : names) {
        out += (out.empty() ? "" : ",") + full(name);
    }
    return out;
}

std::string spell(sql::Constraint const& made) {
    constexpr std::array kinds{
        "not null", "check", "unique", "primary key", "foreign key", "exclude"};
    std::string out = kinds.at(static_cast<std::size_t>(made.kind));
    out += made.name.empty() ? "" : " " + made.name;
    out += made.columns.empty() ? "" : " (" + text::join(made.columns, ",") + ")";
    out += made.expression.empty() ? "" : " <" + made.expression + ">";
    out += made.references.name.empty() ? "" : " -> " + full(made.references);
    out +=
        made.referenced_columns.empty() ? "" : "(" + text::join(made.referenced_columns, ",") + ")";
    out += made.using_index.empty() ? "" : " index " + made.using_index;
    out += made.not_valid ? " not valid" : "";
    return out + (made.deferrable ? " deferrable" : "");
}

std::string spell(sql::ColumnDefinition const& made) {
    std::string out = made.name + ":" + made.type;
    out += made.serial ? " serial" : "";
    out += made.identity ? " identity" : "";
    out += made.generated ? " generated" : "";
    out += made.default_expression.empty() ? "" : " default <" + made.default_expression + ">";
    out +=
        made.default_functions.empty() ? "" : " calls " + text::join(made.default_functions, ",");
    for (auto const& one : made.constraints) {
        out += "; " + spell(one);
    }
    return out;
}

// All that is filled in, but for the kind, in one line.
std::string spell(sql::Action const& action) {
    std::string out = action.object_type.empty() ? "" : action.object_type + " ";
    out += full(action.object);
    auto const add = [&](std::string_view word, std::string const& value) {
        out += value.empty() ? "" : " " + std::string{word} + "=" + value;
    };
    add("name", action.name);
    add("column", action.column);
    add("new", action.new_name);
    add("def", action.definition ? spell(*action.definition) : "");
    for (auto const& column : action.columns) {
        add("col", spell(column));
    }
    add("con", action.constraint ? spell(*action.constraint) : "");
    for (auto const& one : action.constraints) {
        add("con", spell(one));
    }
    add("on", text::join(action.index_columns, ","));
    add("parents", all(action.parents));
    add("reads", all(action.reads));
    add("assigned", text::join(action.assigned, ","));
    add("using", action.using_expression);
    add("value", action.value);
    add("mode", action.lock_mode);
    for (auto const& [flag, word] :
         {std::pair{action.unique, "unique"},
          {action.concurrently, "concurrently"},
          {action.if_exists, "if"},
          {action.cascade, "cascade"},
          {action.positioned, "positioned"},
          {action.full, "full"},
          {action.has_where, "where"},
          {action.partition, "partition"},
          {action.temporary, "temporary"},
          {action.local, "local"}}) {
        out += flag ? std::string{" "} + word : "";
    }
    return out;
}

struct Case {
    std::string_view sql;
    std::vector<std::pair<Kind, std::string>> expected;
};

void check(std::vector<Case> const& cases) {
    for (auto const& [statement, expected] : cases) {
        BOOST_TEST_CONTEXT(statement) {
            auto const actions = sql::actions_of(statement);
            BOOST_REQUIRE(actions.has_value());
            BOOST_TEST_REQUIRE(actions->size() == expected.size());
            for (std::size_t at = 0; at < expected.size(); ++at) {
                auto const& action = (*actions)[at];
                BOOST_TEST((action.kind == expected[at].first), "kind of action " << at);
                BOOST_TEST(spell(action) == expected[at].second);
            }
        }
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(every_command_of_alter_table_is_an_action_of_its_own) {
    check({
        {"alter table if exists a.t add column if not exists c numeric(10, 2) not null"
         " default now() + '1 h' check ((c) > 0), drop column if exists d cascade",
         {{Kind::add_column,
           "table a.t column=c def=c:numeric(10, 2) default <now() + '1 h'> calls now; not null "
           "(c);"
           " check (c) <(c) > 0> if"},
          {Kind::drop_column, "table a.t column=d if cascade"}}},
        {"alter table t alter c type varchar(20) collate \"C\" using substr(c, 1, 2),"
         " alter c set default array[1, 2], alter c drop default, alter c set not null,"
         " alter c drop not null",
         {{Kind::alter_column_type, "table t column=c def=c:varchar(20) using=substr(c, 1, 2)"},
          {Kind::set_default, "table t column=c def=c: default <array[1, 2]>"},
          {Kind::drop_default, "table t column=c"},
          {Kind::set_not_null, "table t column=c"},
          {Kind::drop_not_null, "table t column=c"}}},
        {"alter table t add c timestamp with time zone default current_timestamp constraint n null,"
         " add d serial primary key, add e int generated always as identity,"
         " add f int generated always as (a * 2) stored, add g public.mood[] references s.o(id)"
         " deferrable, add h double precision default (1 + 2) not null, add i int default 1 unique",
         {{Kind::add_column,
           "table t column=c def=c:timestamp with time zone default <current_timestamp>"
           " calls current_timestamp"},
          {Kind::add_column, "table t column=d def=d:serial serial; primary key (d)"},
          {Kind::add_column, "table t column=e def=e:int identity"},
          {Kind::add_column, "table t column=f def=f:int generated"},
          {Kind::add_column,
           "table t column=g def=g:public.mood[]; foreign key (g) -> s.o(id) deferrable"
           " reads=s.o"},
          {Kind::add_column,
           "table t column=h def=h:double precision default <(1 + 2)>; not null (h)"},
          {Kind::add_column, "table t column=i def=i:int default <1>; unique (i)"}}},
        {"alter table t add constraint x foreign key (a, b) references p.q (c, d) on delete cascade"
         " not valid, add constraint y check (f(a, ')') > 0) not valid, add primary key using index"
         " i, add unique (a, b) deferrable, add constraint e exclude using gist (c with &&, d with"
         " =) where (b > 1) deferrable, validate constraint v, drop constraint if exists k cascade,"
         " alter constraint v deferrable",
         {{Kind::add_constraint,
           "table t name=x con=foreign key x (a,b) -> p.q(c,d) not valid reads=p.q"},
          {Kind::add_constraint, "table t name=y con=check y <f(a, ')') > 0> not valid"},
          {Kind::add_constraint, "table t con=primary key index i"},
          {Kind::add_constraint, "table t con=unique (a,b) deferrable"},
          {Kind::add_constraint,
           "table t name=e con=exclude e (c,d) <using gist (c with &&, d with =) where (b > 1)>"
           " deferrable"},
          {Kind::validate_constraint, "table t name=v"},
          {Kind::drop_constraint, "table t name=k if cascade"},
          {Kind::alter_constraint, "table t name=v"}}},
        {"alter table only s.t alter c add generated always as identity, alter c drop identity if"
         " exists, alter c drop expression, alter c set statistics 9, alter c set storage external,"
         " enable trigger g, disable trigger all, force row level security, set unlogged, set "
         "access"
         " method heap, set tablespace p, set (fillfactor = 70), replica identity full, inherit p,"
         " no inherit p, owner to bob, cluster on i, alter c set compression pglz",
         {{Kind::add_identity, "table s.t column=c"},
          {Kind::drop_identity, "table s.t column=c if"},
          {Kind::drop_expression, "table s.t column=c"},
          {Kind::set_statistics, "table s.t column=c"},
          {Kind::set_storage, "table s.t column=c"},
          {Kind::enable_trigger, "table s.t name=g"},
          {Kind::disable_trigger, "table s.t"},
          {Kind::row_security, "table s.t"},
          {Kind::set_logged, "table s.t"},
          {Kind::set_access_method, "table s.t name=heap"},
          {Kind::set_tablespace, "table s.t name=p"},
          {Kind::set_options, "table s.t"},
          {Kind::replica_identity, "table s.t"},
          {Kind::inherit, "table s.t parents=p"},
          {Kind::inherit, "table s.t parents=p"},
          {Kind::change_owner, "table s.t"},
          {Kind::alter_table_other, "table s.t column=i"},
          {Kind::alter_table_other, "table s.t column=c"}}},
        {"alter table t attach partition s.p for values from (1) to (2)",
         {{Kind::attach_partition, "table t name=p parents=s.p"}}},
        {"alter table t detach partition p concurrently",
         {{Kind::detach_partition, "table t name=p parents=p concurrently"}}},
        {"alter table t detach partition p finalize",
         {{Kind::detach_partition, "table t name=p parents=p concurrently"}}},
        {"alter view v alter c set default 1",
         {{Kind::set_default, "view v column=c def=c: default <1>"}}},
        {"alter type t add attribute a int", {{Kind::add_column, "type t column=a def=a:int"}}},
        {"alter type t alter attribute a type text cascade",
         {{Kind::alter_column_type, "type t column=a def=a:text cascade"}}},
        {"alter index i set tablespace p", {{Kind::set_tablespace, "index i name=p"}}},
        {"alter table all in tablespace a set tablespace b",
         {{Kind::set_tablespace, "table  name=b"}}},
    });
}

BOOST_AUTO_TEST_CASE(a_create_tells_all_that_it_makes) {
    check({
        {"create table if not exists s.t (id bigserial primary key, b varchar(3) default"
         " nextval('x') collate \"C\", constraint z unique (a, b), like q including all, check"
         " (a > 1) no inherit, foreign key (b) references o) inherits (y)",
         {{Kind::create_table,
           "table s.t col=id:bigserial serial; primary key (id) col=b:varchar(3) default"
           " <nextval('x')> calls nextval con=unique z (a,b) con=check <a > 1> con=foreign key (b)"
           " -> o parents=y reads=q,o if"}}},
        {"create table p partition of s.q for values in (1)",
         {{Kind::create_table, "table p parents=s.q partition"}}},
        {"create temp table p (a int)", {{Kind::create_table, "table p col=a:int temporary"}}},
        {"create table x as select * from y join s.z on true",
         {{Kind::create_table_as, "table x reads=y,s.z"}}},
        {"select * into x from y", {{Kind::create_table_as, "table x reads=y"}}},
        {"create unique index concurrently if not exists i on only s.t (lower(a), b desc)"
         " where a is not null",
         {{Kind::create_index, "index s.t name=i on=,b unique concurrently if where"}}},
        {"create or replace view v as select * from a", {{Kind::create_view, "view v reads=a if"}}},
        {"create materialized view m as with w as (select 1) select * from w, a",
         {{Kind::create_materialized_view, "materialized view m reads=a"}}},
        {"create or replace function s.f(a int) returns int language sql as 'select 1'",
         {{Kind::create_function, "function s.f if"}}},
        {"create trigger g before insert on a.t for each row execute function f()",
         {{Kind::create_trigger, "a.t name=g"}}},
        {"create rule r as on insert to t do instead nothing", {{Kind::create_rule, "t name=r"}}},
        {"create policy p on t using (a > 1)", {{Kind::create_policy, "t name=p"}}},
        {"create type s.e as enum ('a')", {{Kind::create_type, "type s.e"}}},
        {"create type c as (a int)", {{Kind::create_type, "type c col=a:int"}}},
        {"create domain d as varchar(9) default 'x' not null constraint c check (value > 'a')",
         {{Kind::create_domain,
           "domain d def=:varchar(9) default <'x'>; not null; check c <value > 'a'> con=not null"
           " con=check c <value > 'a'>"}}},
        {"create sequence s owned by t.a", {{Kind::create_sequence, "sequence s"}}},
        {"create schema if not exists s", {{Kind::create_schema, "schema s if"}}},
        {"create extension if not exists e", {{Kind::create_extension, "extension e if"}}},
        {"create aggregate a (int) (sfunc = f, stype = int)", {{Kind::other, ""}}},
    });
}

BOOST_AUTO_TEST_CASE(objects_are_dropped_renamed_moved_and_commented_one_by_one) {
    check({
        {"drop table if exists a.t, b cascade",
         {{Kind::drop, "table a.t if cascade"}, {Kind::drop, "table b if cascade"}}},
        {"drop index concurrently a.i", {{Kind::drop, "index a.i concurrently"}}},
        {"drop function s.f(int)", {{Kind::drop, "function s.f"}}},
        {"drop trigger x on a.t", {{Kind::drop, "trigger a.t name=x"}}},
        {"drop policy x on t", {{Kind::drop, "policy t name=x"}}},
        {"drop type s.t", {{Kind::drop, "type s.t"}}},
        {"drop schema s", {{Kind::drop, "schema s"}}},
        {"drop materialized view v", {{Kind::drop, "materialized view v"}}},
        {"drop database if exists d", {{Kind::drop, "database d if"}}},
        {"alter table a.b rename column c to d", {{Kind::rename, "table a.b column=c new=d"}}},
        {"alter view v rename column c to d", {{Kind::rename, "view v column=c new=d"}}},
        {"alter table if exists a rename to b", {{Kind::rename, "table a new=b if"}}},
        {"alter index i rename to j", {{Kind::rename, "index i new=j"}}},
        {"alter table t rename constraint a to b", {{Kind::rename, "constraint t name=a new=b"}}},
        {"alter type t rename attribute a to b", {{Kind::rename, "type t column=a new=b"}}},
        {"alter schema a rename to b", {{Kind::rename, "schema a new=b"}}},
        {"alter function f(int) rename to g", {{Kind::rename, "function f new=g"}}},
        {"alter table t set schema s", {{Kind::set_schema, "table t new=s"}}},
        {"alter type t set schema s", {{Kind::set_schema, "type t new=s"}}},
        {"alter function f(int) owner to bob", {{Kind::change_owner, "function f"}}},
        {"comment on column a.b.c is 'x'", {{Kind::comment, "column a.b column=c value=x"}}},
        {"comment on table t is null", {{Kind::comment, "table t"}}},
        {"grant select on a.t, b to bob",
         {{Kind::grant, "table a.t name=grant"}, {Kind::grant, "table b name=grant"}}},
        {"revoke all on schema s from bob", {{Kind::grant, "schema s name=revoke"}}},
        {"alter type m add value if not exists 'x' before 'y'",
         {{Kind::add_enum_value, "type m value=x if positioned"}}},
        {"alter type s.m rename value 'a' to 'b'",
         {{Kind::rename_enum_value, "type s.m new=b value=a"}}},
        {"alter domain d add constraint c check (value > 1) not valid",
         {{Kind::alter_domain_add_constraint,
           "domain d name=c con=check c <value > 1> not valid"}}},
        {"alter domain d set not null",
         {{Kind::alter_domain_add_constraint, "domain d con=not null"}}},
        {"alter domain d drop constraint if exists c cascade",
         {{Kind::alter_domain_other, "domain d name=c if cascade"}}},
    });
}

BOOST_AUTO_TEST_CASE(maintenance_and_statements_on_rows_name_their_tables) {
    check({
        {"truncate a.t, b cascade",
         {{Kind::truncate, "table a.t cascade"}, {Kind::truncate, "table b cascade"}}},
        {"reindex (concurrently, verbose) table a.t", {{Kind::reindex, "table a.t concurrently"}}},
        {"reindex (concurrently false) index i", {{Kind::reindex, "index i"}}},
        {"reindex schema s", {{Kind::reindex, "schema s"}}},
        {"cluster t using i", {{Kind::cluster, "t name=i"}}},
        {"cluster", {{Kind::cluster, ""}}},
        {"vacuum (full, analyze) a.t, b", {{Kind::vacuum, "a.t full"}, {Kind::vacuum, "b full"}}},
        {"vacuum (full false)", {{Kind::vacuum, ""}}},
        {"analyze t", {{Kind::analyze, "t"}}},
        {"lock table a, only b in share mode",
         {{Kind::lock_table, "a mode=SHARE"}, {Kind::lock_table, "b mode=SHARE"}}},
        {"lock a", {{Kind::lock_table, "a mode=ACCESS EXCLUSIVE"}}},
        {"refresh materialized view concurrently s.m",
         {{Kind::refresh_materialized_view, "s.m concurrently"}}},
        {"set lock_timeout = '5s'", {{Kind::set_variable, " name=lock_timeout value=5s"}}},
        {"set local statement_timeout to 0",
         {{Kind::set_variable, " name=statement_timeout value=0 local"}}},
        {"set search_path = a, b", {{Kind::set_variable, " name=search_path value=a, b"}}},
        {"reset lock_timeout", {{Kind::set_variable, " name=lock_timeout"}}},
        {"reset all", {{Kind::set_variable, " name=all"}}},
        {"select pg_catalog.set_config('lock_timeout', '5s', true)",
         {{Kind::set_variable, " name=lock_timeout value=5s local"}}},
        {"update a.t set x = 1, y = 2 from o where t.i = o.i",
         {{Kind::update, "a.t reads=o assigned=x,y where"}}},
        {"delete from t using u", {{Kind::remove, "t reads=u"}}},
        {"with q as (update z set a = 1 returning *) insert into t (b) select * from q join r on"
         " true",
         {{Kind::update, "z assigned=a"}, {Kind::insert, "t reads=r assigned=b"}}},
        {"merge into t using s on t.a = s.a when matched then delete",
         {{Kind::merge, "t reads=s"}}},
        {"copy s.t (a) from stdin", {{Kind::copy_from, "s.t"}}},
        {"select f(a) from t where exists (select 1 from u)", {{Kind::select, " reads=t,u where"}}},
        {"do $$ begin end $$", {{Kind::other, ""}}},
        {"begin", {{Kind::other, ""}}},
    });
    BOOST_TEST(!sql::actions_of("alter table t alter c set not valid").has_value());
    BOOST_TEST(sql::actions_of("  ")->empty());
}

BOOST_AUTO_TEST_SUITE_END()
