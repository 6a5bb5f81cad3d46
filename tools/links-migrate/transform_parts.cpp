// SPDX-License-Identifier: Apache-2.0
#include "transform_parts.hpp"

namespace slipway::links_migrate::parts {

// The guards inside of the set-returning functions hold whatever order the planner chooses.
char const* const items = R"sql(
with docs as materialized (
  select s.<<key>> as key, <<copied_source>><<raw>> as raw,
         case when r.key is null then <<base>> else r.doc end as doc,
         coalesce(r.fault, '') as fault,
         case when r.key is null then <<unread>> end as unread
  from <<source>> s
  left join (
    select k as key, nullif(d, '')::<<doc_type>> as doc, f as fault
    from unnest($5::text[]::<<key_type>>[], $6::text[], $7::text[]) as u(k, d, f)
  ) r on r.key = s.<<key>>
  where <<source_range>>
    and ($8::text[] is null or s.<<key>> = any ($8::text[]::<<key_type>>[]))
    <<where>>
),
shaped as (
  select d.*, case when unread is not null then 'unread' when fault <> '' then 'fault'
                   when doc is null then 'none' else <<j>>_typeof(doc) end as shape
  from docs d
),
parts as (
  <<members>>
  union all
  select d.key, e.n, null, null, e.v::jsonb, ''
  from shaped d cross join lateral
       <<j>>_array_elements(case d.shape when 'array' then d.doc else '[]' end)
       with ordinality as e(v, n)
  where d.shape = 'array'
  union all
  select d.key, 0, null, null, d.raw, case d.shape when 'fault' then d.fault else 'scalar' end
  from shaped d
  where d.shape in ('fault', 'number', 'boolean')
),
kinds as (
  select p.*, jsonb_typeof(v) as kind from parts p
),
fields as (
  select k.*, <<item_values>>
         case kind when 'string' then v when 'object' then <<addresses>> end as address,
         case kind when 'object' then <<own_types>> end as own_type,
         case kind when 'object' then <<own_labels>> end as own_label,
         case kind when 'object' then <<positions>> end as wanted,
         kind = 'object' and (<<hidden>>) as is_hidden
  from kinds k
  offset 0
),
written as (
  select f.*, case jsonb_typeof(address)
                when 'string' then btrim(address #>> '{}', <<blanks>>) end as given,
         coalesce(own_type, name) as named, lower(coalesce(own_type, name) collate "C") as word
  from fields f
  offset 0
),
addressed as (
  select w.*, u.verdict, coalesce(nullif(u.mended, ''), w.given) as url
  from written w
  left join unnest($3::text[], $4::text[], $11::text[]) as u(given, verdict, mended)
    on u.given = w.given
),
weighed as (
  select a.*,
         case
           when fault <> '' then fault
           when kind = 'null' or kind = 'string' and btrim(v #>> '{}', <<blanks>>) = ''
                or kind in ('object', 'array') and v in ('{}'::jsonb, '[]'::jsonb) then 'blank'
           when kind = 'array' then 'too_deep'
           <<no_item>>
           when is_hidden then 'inactive'
           <<judge>>
           else 'ok'
         end as verdict_of_url
  from addressed a
  offset 0
),
judged as materialized (
  select key, n, k, name, named, own_label, wanted, url, given, word <<values_read>>,
         case when <<keep_value>> or verdict_of_url <> 'ok' then v end as v,
         verdict_of_url,
         case verdict_of_url when 'ok' then coalesce(<<value_fault>>, 'ok')
                                  else verdict_of_url end as verdict_of_item
  from weighed
),
blocked as materialized (
  select key from judged where verdict_of_url = 'undecided'
  union select key from docs where unread is not null
),
)sql";

char const* const judge_url = R"sql(
           when address is null then
             case when jsonb_path_exists(
                         v, 'strict $.* ? (@.type() == "object" || @.type() == "array")')
                  then 'too_deep' else 'no_url' end
           when jsonb_typeof(address) in ('object', 'array') then 'too_deep'
           when jsonb_typeof(address) <> 'string' then 'not_text'
           when length(a.url) * 4 > <<longest>> and octet_length(convert_to(a.url, 'UTF8')) > <<longest>>
             then 'url_too_long'
           when a.given collate "C" ~ <<plain>> then 'ok'
           when <<no_scheme>> then 'url_no_scheme'
           when verdict is null then 'undecided'
           when verdict <> 'ok' then verdict)sql";

char const* const object_members = R"sql(
  select d.key, e.n, e.k,
         case when e.k !~ '^[0-9]+$' then nullif(btrim(e.k, <<blanks>>), '') end as name,
         e.v::jsonb as v, '' as fault
  from shaped d cross join lateral
       <<j>>_each(case d.shape when 'object' then d.doc else '{}' end)
       with ordinality as e(k, v, n)
  where d.shape = 'object')sql";

char const* const object_itself = R"sql(
  select d.key, 0::bigint as n, null::text as k, null::text as name, d.doc::jsonb as v, '' as fault
  from shaped d where d.shape = 'object')sql";

char const* const links = R"sql(
typed as (
  select j.*, <<word_types>> as type, <<host_of_url>> as host <<typed_values>>,
         coalesce(own_label, <<word_labels>>, named) as own_title
  from judged j where not exists (select from blocked b where b.key = j.key)
  offset 0
),
titled as (
  select t.*, case when name is null then 0 else <<type_order>> end as rank,
         btrim(case when own_title is null then lower(host collate "C")
                    when own_title ~ '[\u0001-\u001f\u007f]'
                    then regexp_replace(own_title, '[\u0001-\u001f\u007f]+', ' ', 'g')
                    else own_title end) as title
  from typed t
  offset 0
),
settled as materialized (
  select key, n, k, name, url, host, v, wanted, rank, type <<values_typed>>,
         coalesce(nullif(btrim(left(title, <<label_limit>>)), ''), type) as label,
         length(title) > <<label_limit>> as is_cut,
         case verdict_of_item when 'ok' then coalesce(<<label_fault>>, 'ok')
                              else verdict_of_item end as state
  from titled t
),
links as materialized (
  select l.*, <<item>> as item
  from (
    select i.*, row_number() over (partition by key, ident order by wanted nulls last, rank, n)
                  as copy
    from (select s.*, <<ident_of_link>> collate "C" as ident from settled s where state = 'ok') i
  ) l
),
existing as materialized (
  select t.<<parent>> as key, <<ident_of_row>> collate "C" as ident, <<position_of_row>> as position
  from <<target>> t
  where <<target_range>>
    and ($8::text[] is null or t.<<parent>> = any ($8::text[]::<<key_type>>[]))
),
present as (
  <<present>>
),
)sql";

// Positions rise strictly: a wish is kept where it leaves room for those before it, and all come
// behind the rows that are there.
char const* const placing = R"sql(
classified as materialized (
  select l.*, case when <<is_duplicate>> then 'duplicate'
                   when p.key is not null or w.item is not null then 'present'
                   else 'insert' end as class
  from links l
  left join present p on p.key = l.key and p.ident = l.ident <<same_copy>>
  <<known>>
),
ends as (
  select key, max(position) + 1 as base from existing group by key
),
ranked as (
  select c.*, coalesce(e.base, <<first_position>>) as base,
         row_number() over (partition by c.key order by wanted nulls last, rank, n) - 1 as nth
  from classified c left join ends e on e.key = c.key
  where class = 'insert'
),
placed as materialized (
  select r.*, <<new_id>> as new_id, least(2147483647, base + nth + max(greatest(coalesce(wanted - <<first_position>>, 0) - nth, 0))
                                        over (partition by key order by wanted nulls last, rank, n))::int as place
  from ranked r
)
)sql";

char const* const writing = R"sql(,
put as (
  insert into <<target>> as t (<<columns>>) <<overriding>>
  select <<column_values>>
  from placed p join docs d on d.key = p.key
  order by p.key, p.place
  on conflict do nothing
  returning t.<<id>> as new_id, <<content>> as content
),
noted as (
  insert into slipway.links_row (mapping, source_key, item, target_id, content, run)
  select <<mapping>>, <<ledger_key_of_link>>, l.item, l.new_id::text, u.content,
         $12::bigint
  from put u join placed l on l.new_id = u.new_id
  returning 1
)
)sql";

char const* const counts = R"sql(
select 'count' as what, 'rows' as class, '' as reason,
       (select count(*) from docs d where not exists (select from blocked b where b.key = d.key))
         as n,
       null::text as key, null::text as path, null::text as value
union all
select 'count', 'items', '', (select count(*) from settled where state <> 'blank'), null, null, null
union all
select 'count', 'blank', '', (select count(*) from settled where state = 'blank'), null, null, null
union all
select 'count', 'labels_cut', '', (select count(*) from placed where is_cut), null, null, null
union all
select 'rejected', '', state, count(*), null, null, null
from settled where state not in ('ok', 'blank') group by state
union all
select 'class', class, '', count(*), null, null, null from classified group by class
union all
select 'url', '', '', 0, null, null, given
from (select distinct given from judged where verdict_of_url = 'undecided') u
union all
select <<unread_kind>>, '', '', 0, key::text, null, unread from docs where unread is not null
union all
select 'blocked', '', '', 0, key::text, null, null from blocked
union all
(select 'reject', '', state, n, key::text, <<path>>,
        left(case jsonb_typeof(v) when 'string' then v #>> '{}' else v::text end, 4096)
 from settled where $9::boolean and state not in ('ok', 'blank') order by key, n)
union all
(select 'sample', class, <<detail>>, 0, key::text, <<path>>, <<shown>>
 from classified where $10::boolean and class = 'present' order by key, n limit 10)
union all
(select 'sample', class, <<detail>>, 0, key::text, <<path>>, <<shown>>
 from classified where $10::boolean and class = 'duplicate' order by key, n limit 10)
union all
(select 'sample', class, coalesce(label, ''), place, key::text, <<path>>, <<shown>>
 from placed where $10::boolean order by key, place limit 10)
)sql";

char const* const counted_only = R"sql(
union all
select 'count', 'inserted', '', (select count(*) from placed), null, null, null
)sql";

char const* const written = R"sql(
union all
select 'count', 'inserted', '', (select count(*) from put), null, null, null
union all
select 'count', 'noted', '', (select count(*) from noted), null, null, null
)sql";

char const* const fresh = R"sql(
with docs as (
  select s.<<key>> as key, <<copied_source>>(<<base>>)::text as doc
  from <<source>> s
  where <<source_range>> <<where>>
)
select key, noted_as, state, case state when '' then doc end <<copied>>
from (
  select d.*, <<ledger_key>> as noted_as,
         case when p.key is not null or w.source_key is not null then 'known'
              when sum(octet_length(d.doc)) over (order by d.key rows unbounded preceding) > $3::bigint
              then 'beyond' else '' end as state
  from docs d
  left join (select distinct t.<<parent>> as key from <<target>> t where <<target_range>>) p
    on p.key = d.key
  left join (select distinct w.source_key from slipway.links_row w
             where w.mapping = <<mapping>> and <<ledger_range>>) w
    on w.source_key = <<ledger_key>>
) d
order by key)sql";

// Order is compared among the rows of one run: a later run puts its rows behind those.
char const* const comparing = R"sql(
checked as materialized (
  select l.key, l.k, <<shown_of_link>> as shown, l.wanted, l.rank, l.n, <<position_of_row>> as place, w.run,
         case when w.item is null then case when p.key is null then 'missing' else 'theirs' end
              when t.<<id>> is null then 'gone'
              when <<content>> <> w.content then 'changed'
              when <<differs>> then 'differs'
              else 'same' end as class
  from links l
  join docs d on d.key = l.key
  left join present p on p.key = l.key and p.ident = l.ident <<same_copy>>
  <<known>>
  left join <<target>> t on t.<<id>> = w.target_id::<<id_type>> and <<target_range>>
  where not (<<is_duplicate>>)
),
sequence as (
  select key, row_number() over (partition by key, run order by place) as stands,
         row_number() over (partition by key, run order by wanted nulls last, rank, n) as belongs
  from checked where class = 'same' and <<has_position>>
),
strays as materialized (
  select w.source_key, w.target_id
  from slipway.links_row w
  join <<target>> t on t.<<id>> = w.target_id::<<id_type>> and <<content>> = w.content
                   and <<target_range>>
  where w.mapping = <<mapping>> and <<ledger_range>>
    and ($8::text[] is null
         or w.source_key in (select <<ledger_key_of_8>> from unnest($8::text[]) as u(k)))
    and not exists (select from blocked l where <<ledger_key_of_link>> = w.source_key)
    and not exists (select from links l
                    where <<ledger_key_of_link>> = w.source_key and l.item = w.item)
)
select 'count' as what, 'rows' as class, '' as reason,
       (select count(*) from docs d where not exists (select from blocked b where b.key = d.key))
         as n,
       null::text as key, null::text as path, null::text as value
union all
select 'count', 'items', '', (select count(*) from settled where state <> 'blank'), null, null, null
union all
select 'count', 'blank', '', (select count(*) from settled where state = 'blank'), null, null, null
union all
select 'count', 'duplicates', '', (select count(*) from links l where <<is_duplicate>>),
       null, null, null
union all
select 'rejected', '', state, count(*), null, null, null
from settled where state not in ('ok', 'blank') group by state
union all
select 'class', class, '', count(*), null, null, null from checked group by class
union all
select 'count', 'misplaced', '',
       (select count(distinct key) from sequence where stands <> belongs), null, null, null
union all
select 'count', 'strays', '', (select count(*) from strays), null, null, null
union all
select 'url', '', '', 0, null, null, given
from (select distinct given from judged where verdict_of_url = 'undecided') u
union all
select <<unread_kind>>, '', '', 0, key::text, null, unread from docs where unread is not null
union all
select 'blocked', '', '', 0, key::text, null, null from blocked
union all
(select 'sample', class, '', 0, key::text, <<path>>, shown
 from checked where $10::boolean and class in ('missing', 'differs') order by key, n limit 10)
union all
(select 'sample', 'stray', '', 0, source_key, null, target_id
 from strays where $9::boolean is not null and $10::boolean order by source_key limit 10)
union all
(select 'sample', 'misplaced', '', 0, key::text, null, null
 from sequence where $10::boolean and stands <> belongs order by key limit 10)
)sql";

} // namespace slipway::links_migrate::parts
