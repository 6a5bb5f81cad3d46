// SPDX-License-Identifier: Apache-2.0
#include "plan_locks_statements.hpp"

namespace plan_locks {

std::string_view const schema = R"(
create table users (
  id int primary key, email varchar(50), name text, age int, score numeric(8,2), at timestamp,
  moment timestamptz, net cidr, nick varchar(20), code char(4), bits varbit(8), small smallint,
  wide bigint, day date, ratio real, words text[], data json, doc jsonb, uid text, span interval,
  constraint nick_short check (length(nick) < 100),
  constraint named check (name is not null and length(name) > 0));
create index users_email on users (email);
create index users_net on users (net);
create index users_at on users (at);
create index users_lower on users (lower(name));
create index users_partial on users (age) where age > 3;
create unique index users_wide on users (wide);
create table orders (
  id bigint primary key, user_id int constraint orders_user references users, total numeric(10,2),
  state text not null default 'new', wide bigint,
  constraint positive check (total >= 0));
alter table orders add constraint late check (total < 1000000) not valid;
alter table orders add constraint state_user foreign key (wide) references users (wide) not valid;
create table lines (id int primary key, order_id bigint references orders, body text);
create unlogged table notes (id int, body text);
create table events (id int not null, at date not null) partition by range (at);
create table events_1 partition of events for values from ('2020-01-01') to ('2021-01-01');
create table events_2 partition of events for values from ('2021-01-01') to ('2022-01-01');
create table events_3 (id int not null, at date not null);
create table parent (id int, label varchar(10));
create table child (extra int) inherits (parent);
create table loner (id int, label varchar(10));
create table shown (id int primary key, email text);
insert into shown values (1, 'a');
create materialized view totals as select id as user_id, count(*) as n from shown group by 1;
create unique index totals_user on totals (user_id);
create view people as select id, email from shown;
create view fewer as select id from people;
create domain positive_int as int;
create domain short_text as text check (length(value) < 10);
create domain any_text as text;
create table measures (id int, value positive_int, other positive_int);
create type mood as enum ('sad', 'ok');
create table feelings (id int primary key, mood mood);
create function touch() returns trigger language plpgsql as 'begin return new; end';
create function stable_one() returns int language sql stable as 'select 1';
create function volatile_one() returns int language plpgsql volatile as 'begin return 1; end';
create trigger users_touch before update on users for each row execute function touch();
create policy users_own on users using (true);
create rule notes_rule as on insert to notes do also nothing;
create sequence counter;
insert into users (id, email, name, wide) select n, 'u' || n, 'name', n from generate_series(1, 20) n;
insert into orders select n, n, n, 'new', n from generate_series(1, 20) n;
insert into lines select n, n, 'x' from generate_series(1, 20) n;
insert into notes select n, 'x' from generate_series(1, 20) n;
insert into events values (1, '2020-02-02'), (2, '2021-02-02');
insert into events_3 values (3, '2022-02-02');
insert into parent values (1, 'a'); insert into child values (2, 'b', 3);
insert into measures values (1, 1, 1);
insert into feelings values (1, 'ok');
)";

// One statement a line, as a file would have it.
std::string_view const statements = R"(
alter table users add column x int
alter table users add column x int default 3
alter table users add column x int not null default 3
alter table users add column x timestamptz default now()
alter table users add column x timestamptz default clock_timestamp()
alter table users add column x int default stable_one()
alter table users add column x int default volatile_one()
alter table users add column x uuid default gen_random_uuid()
alter table users add column x serial
alter table users add column x bigserial not null
alter table users add column x int generated always as identity
alter table users add column x int generated always as (age + 1) stored
alter table users add column x text check (length(x) < 5)
alter table users add column x text unique
alter table users add column x int references orders (id)
alter table users add column x int references users
alter table users add column x short_text
alter table users add column x any_text
alter table users add column if not exists age int default volatile_one()
alter table users add column x int, add column y int default volatile_one()
alter table notes add column x int not null default 5, add primary key (x, id)
alter table users drop column age
alter table users drop column email
alter table orders drop column user_id
alter table users alter column age type bigint
alter table users alter column email type varchar(100)
alter table users alter column email type text
alter table users alter column email type varchar
alter table users alter column email type varchar(40)
alter table users alter column nick type varchar(50)
alter table users alter column name type varchar
alter table users alter column name type varchar(200)
alter table users alter column name type text
alter table users alter column score type numeric(12,2)
alter table users alter column score type numeric
alter table users alter column score type numeric(12,4)
alter table users alter column score type numeric(6,2)
alter table users alter column score type decimal(10,2)
alter table users alter column net type inet
alter table users alter column code type char(8)
alter table users alter column code type varchar(4)
alter table users alter column code type text
alter table users alter column bits type varbit(16)
alter table users alter column bits type varbit
alter table users alter column small type int
alter table users alter column wide type int
alter table users alter column age type int4
alter table users alter column day type timestamp
alter table users alter column at type timestamp(3)
alter table users alter column at type timestamp(6)
alter table users alter column at type timestamptz
alter table users alter column moment type timestamp
alter table users alter column moment type timestamptz(0)
alter table users alter column ratio type double precision
alter table users alter column words type varchar[]
alter table users alter column data type jsonb
alter table users alter column doc type text
alter table users alter column uid type uuid using uid::uuid
alter table users alter column ratio type text using ratio::text
alter table users alter column age type int using age + 1
alter table users alter column email type varchar(100) using email::varchar(100)
alter table users alter column name type any_text
alter table users alter column name type short_text
alter table users alter column span type interval(6)
alter table users alter column id type bigint
alter table orders alter column user_id type bigint
alter table feelings alter column mood type text
alter table parent alter column label type varchar(20)
alter table parent alter column label type varchar(5)
alter table users alter column age set default 3
alter table users alter column age drop default
alter table users alter column name set not null
alter table users alter column email set not null
alter table users alter column id set not null
alter table users alter column email drop not null
alter table users alter column id add generated always as identity
alter table users alter column age set statistics 100
alter table users alter column email set storage external
alter table users alter column email set (n_distinct = 5)
alter table users set (fillfactor = 80)
alter table users reset (fillfactor)
alter table users set (autovacuum_enabled = off)
alter table users add constraint c check (id > 0)
alter table users add constraint c check (id > 0) not valid
alter table users add constraint c unique (email)
alter table users add constraint c unique using index users_wide
alter table notes add primary key (id)
alter table loner add constraint c exclude using btree (id with =)
alter table orders add constraint c foreign key (wide) references users (id)
alter table orders add constraint c foreign key (wide) references users (id) not valid
alter table orders validate constraint late
alter table orders validate constraint state_user
alter table orders validate constraint positive
alter table orders alter constraint orders_user deferrable
alter table orders drop constraint orders_user
alter table orders drop constraint positive
alter table orders drop constraint orders_pkey cascade
alter table users disable trigger users_touch
alter table users enable trigger all
alter table users enable row level security
alter table users force row level security
alter table users owner to current_user
alter table users replica identity full
alter table shown set unlogged
alter table notes set logged
alter table notes set unlogged
alter table users set access method heap
alter table users cluster on users_email
alter table loner inherit parent
alter table child no inherit parent
alter table events attach partition events_3 for values from ('2022-01-01') to ('2023-01-01')
alter table events detach partition events_1
alter table events add column x int
alter table events alter column id type bigint
alter table events add primary key (id, at)
alter table events add constraint c check (id > 0)
alter table events rename column id to number
alter table events add constraint c foreign key (id) references users
alter table parent add column x int
alter table parent alter column id set not null
alter table users rename to people_table
alter table users rename column age to years
alter table users rename constraint nick_short to nick_long
alter table users set schema elsewhere
alter index users_email rename to users_mail
alter view people rename to persons
alter table events_1 alter column id set default 3
create index on users (age)
create unique index on users (age)
create index if not exists users_email on users (age)
create index if not exists users_age on users (age)
create index on events (id)
create index on only events (id)
create index on totals (n)
create trigger t after insert on users for each row execute function touch()
create trigger t after insert on events for each row execute function touch()
create policy p on users using (true)
create rule r as on delete to loner do instead nothing
create table fresh (id int primary key, user_id int references users)
create table fresh (like users)
create table fresh () inherits (loner)
create table events_4 partition of events for values from ('2024-01-01') to ('2025-01-01')
create table fresh as select * from orders
create view fresh as select * from orders
create or replace view people as select id, email from shown
create materialized view fresh as select * from lines
drop table lines
drop table orders cascade
drop table users cascade
drop table shown cascade
drop table events
drop table events_1
drop index users_email
drop view fewer
drop view people cascade
drop materialized view totals
drop trigger users_touch on users
drop policy users_own on users
drop rule notes_rule on notes
drop sequence counter
drop function stable_one()
truncate notes
truncate users cascade
truncate events
reindex table users
reindex index users_email
cluster users using users_email
lock table users in share mode
lock table users
lock table parent in access share mode
refresh materialized view totals
refresh materialized view concurrently totals
comment on table users is 'x'
comment on column users.age is 'x'
comment on function stable_one() is 'x'
grant select on users to public
revoke all on users from public
analyze users
analyze events
insert into notes values (100, 'x')
insert into notes select id, body from lines
insert into lines values (100, 1, 'x')
update notes set body = 'y'
update users set age = 1 where id > 3
update notes set body = users.name from users where users.id = notes.id
delete from lines
delete from notes using users where users.id = notes.id
update events set id = 3
select count(*) from users
with gone as (delete from notes returning id) select * from gone
alter domain positive_int add constraint c check (value > 0)
alter domain positive_int add constraint c check (value > 0) not valid
alter domain positive_int set not null
alter domain positive_int set default 3
alter type mood add value 'great'
alter type mood rename value 'ok' to 'fine'
create schema fresh
create type fresh as enum ('a')
create sequence fresh
)";

} // namespace plan_locks
