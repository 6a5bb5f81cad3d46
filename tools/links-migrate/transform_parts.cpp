// SPDX-License-Identifier: Apache-2.0
#include "transform_parts.hpp"

namespace slipway::links_migrate::parts {

// The guards inside of the set-returning functions hold whatever order the planner chooses.
char const* const items = R"sql(
with docs as materialized (
  select s.<<key>> as key, <<copied_source>>s.<<json>> as raw,
         case when r.key is null then s.<<json>> else r.doc end as doc,
         coalesce(r.fault, '') as fault, r.key is not null as is_read
  from <<source>> s
  left join (
    select k as key, nullif(d, '')::jsonb as doc, f as fault
    from unnest($5::text[]::<<key_type>>[], $6::text[], $7::text[]) as u(k, d, f)
  ) r on r.key = s.<<key>>
  where <<source_range>>
    and ($8::text[] is null or s.<<key>> = any ($8::text[]::<<key_type>>[]))
),
shaped as (
  select d.*, case when fault <> '' then 'fault' when doc is null then 'none'
                   else jsonb_typeof(doc) end as shape
  from docs d
),
parts as (
  select d.key, e.n, '/' || replace(replace(e.k, '~', '~0'), '/', '~1') as path,
         case when e.k !~ '^[0-9]+$' then nullif(btrim(e.k, <<blanks>>), '') end as name,
         e.v, '' as fault
  from shaped d cross join lateral
       jsonb_each(case d.shape when 'object' then d.doc else '{}' end)
       with ordinality as e(k, v, n)
  where d.shape = 'object'
  union all
  select d.key, e.n, '/' || (e.n - 1), null, e.v, ''
  from shaped d cross join lateral
       jsonb_array_elements(case d.shape when 'array' then d.doc else '[]' end)
       with ordinality as e(v, n)
  where d.shape = 'array'
  union all
  select d.key, 1, '', null, d.raw, case d.shape when 'fault' then d.fault else 'scalar' end
  from shaped d
  where d.shape in ('fault', 'number', 'boolean')
),
kinds as (
  select p.*, jsonb_typeof(v) as kind from parts p
),
fields as (
  select k.*,
         case kind when 'string' then v when 'object' then <<addresses>> end as address,
         case kind when 'object' then <<own_types>> end as own_type,
         case kind when 'object' then <<own_labels>> end as own_label,
         case kind when 'object' then <<positions>> end as wanted,
         kind = 'object' and (<<hidden>>) as is_hidden
  from kinds k
),
addressed as (
  select f.*, case jsonb_typeof(address)
                when 'string' then btrim(address #>> '{}', <<blanks>>) end as url,
         coalesce(own_type, name) as named, lower(coalesce(own_type, name) collate "C") as word
  from fields f
),
judged as materialized (
  select a.*,
         case
           when fault <> '' then fault
           when kind = 'null' or kind = 'string' and a.url = ''
                or v in ('{}'::jsonb, '[]'::jsonb) then 'blank'
           when kind = 'array' then 'too_deep'
           when kind in ('number', 'boolean') then 'not_text'
           when is_hidden then 'inactive'
           when address is null then
             case when jsonb_path_exists(
                         v, 'strict $.* ? (@.type() == "object" || @.type() == "array")')
                  then 'too_deep' else 'no_url' end
           when jsonb_typeof(address) in ('object', 'array') then 'too_deep'
           when jsonb_typeof(address) <> 'string' then 'not_text'
           when octet_length(convert_to(a.url, 'UTF8')) > <<longest>> then 'url_too_long'
           when a.url collate "C" ~ <<plain>> then 'ok'
           else coalesce(u.verdict, 'undecided')
         end as state
  from addressed a left join unnest($3::text[], $4::text[]) as u(url, verdict) on u.url = a.url
),
unread as (
  select key, doc from shaped
  where shape = 'string' and btrim(doc #>> '{}', <<blanks>>) <> ''
),
blocked as materialized (
  select key from judged where state = 'undecided' union select key from unread
),
settled as materialized (
  select j.* from judged j where not exists (select from blocked b where b.key = j.key)
),
)sql";

char const* const links = R"sql(
typed as (
  select key, n, path, name, named, own_label, wanted, url, word,
         <<word_types>> as type, <<form_of_url>> as form
  from settled where state = 'ok'
),
titled as (
  select t.*, case when name is null then 0 else <<type_order>> end as rank,
         regexp_replace(
           coalesce(own_label, <<word_labels>>, named,
                    lower(substring(url from '^[^/]*//([^/?#]*)') collate "C")),
           '[\u0001-\u001f\u007f]+', ' ', 'g') as title
  from typed t
),
links as materialized (
  select t.*,
         coalesce(nullif(btrim(left(btrim(title), <<label_limit>>)), ''), type) as label,
         length(btrim(title)) > <<label_limit>> as is_cut,
         row_number() over (partition by key, type, form order by wanted nulls last, rank, n)
           as copy
  from titled t
),
existing as materialized (
  select t.<<parent>> as key, t.<<type>>::text as type, <<form_of_row>> as form,
         t.<<position>>::bigint as position
  from <<target>> t
  where <<target_range>>
),
present as (
  select distinct key, type, form from existing
),
)sql";

// Positions rise strictly: a wish is kept where it leaves room for those before it, and all come
// behind the rows that are there.
char const* const placing = R"sql(
classified as materialized (
  select l.*, case when l.copy > 1 then 'duplicate'
                   when p.key is not null or w.item is not null then 'present'
                   else 'insert' end as class
  from links l
  left join present p on p.key = l.key and p.type = l.type and p.form = l.form
  <<known>>
),
ends as (
  select key, max(position) + 1 as base from existing group by key
),
ranked as (
  select c.*, coalesce(e.base, 0) as base,
         row_number() over (partition by c.key order by wanted nulls last, rank, n) - 1 as nth
  from classified c left join ends e on e.key = c.key
  where class = 'insert'
),
placed as (
  select r.*, least(2147483647, base + nth + max(greatest(coalesce(wanted, 0) - nth, 0))
                                        over (partition by key order by nth))::int as place
  from ranked r
)
)sql";

char const* const writing = R"sql(,
put as (
  insert into <<target>> as t (<<id>>, <<parent>>, <<label>>, <<url>>, <<type>>, <<position>>
                               <<more_columns>>)
  select gen_random_uuid(), p.key, p.label, p.url, p.type::<<type_type>>, p.place <<more_values>>
  from placed p join docs d on d.key = p.key
  order by p.key, p.place
  on conflict do nothing
  returning t.<<id>>::text as target_id, t.<<parent>>::text as source_key,
            <<item_of_row>> as item, <<content>> as content
),
noted as (
  insert into slipway.links_row (mapping, source_key, item, target_id, content, run)
  select <<mapping>>, source_key, item, target_id, content, $11::bigint from put
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
select 'class', class, type, count(*), null, null, null from classified group by class, type
union all
select 'url', '', '', 0, null, null, url
from (select distinct url from judged where state = 'undecided') u
union all
select 'text', '', '', 0, key::text, null, doc #>> '{}' from unread
union all
select 'blocked', '', '', 0, key::text, null, null from blocked
union all
(select 'reject', '', state, n, key::text, path, left(v::text, 4096)
 from settled where $9::boolean and state not in ('ok', 'blank') order by key, n)
union all
(select 'sample', class, type, 0, key::text, path, url
 from classified where $10::boolean and class = 'present' order by key, n limit 10)
union all
(select 'sample', class, type, 0, key::text, path, url
 from classified where $10::boolean and class = 'duplicate' order by key, n limit 10)
union all
(select 'sample', class, label, place, key::text, path, url
 from placed where $10::boolean order by key, place limit 10)
)sql";

char const* const counted_only = R"sql(
union all
select 'count', 'inserted', '', (select count(*) from placed), null, null, null
)sql";

char const* const written = R"sql(
union all
select 'count', 'inserted', '', (select count(*) from put), null, null, null
)sql";

// Order is compared among the rows of one run: a later run puts its rows behind those.
char const* const comparing = R"sql(
checked as materialized (
  select l.key, l.path, l.url, l.wanted, l.rank, l.n, t.<<position>> as place, w.run,
         case when w.item is null then case when p.key is null then 'missing' else 'theirs' end
              when t.<<id>> is null then 'gone'
              when <<content>> <> w.content then 'changed'
              when t.<<label>> is distinct from l.label or t.<<url>> is distinct from l.url
                   <<copied_differs>> then 'differs'
              else 'same' end as class
  from links l
  join docs d on d.key = l.key
  left join present p on p.key = l.key and p.type = l.type and p.form = l.form
  <<known>>
  left join <<target>> t on t.<<id>> = w.target_id::<<id_type>> and <<target_range>>
  where l.copy = 1
),
sequence as (
  select key, row_number() over (partition by key, run order by place) as stands,
         row_number() over (partition by key, run order by wanted nulls last, rank, n) as belongs
  from checked where class = 'same'
),
strays as materialized (
  select w.source_key, w.target_id
  from slipway.links_row w
  join <<target>> t on t.<<id>> = w.target_id::<<id_type>> and <<content>> = w.content
                   and <<target_range>>
  where w.mapping = <<mapping>> and <<ledger_range>>
    and ($8::text[] is null or w.source_key = any ($8::text[]))
    and not exists (select from blocked b where b.key::text = w.source_key)
    and not exists (select from links l
                    where l.key::text = w.source_key and <<item_of_link>> = w.item)
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
select 'count', 'duplicates', '', (select count(*) from links where copy > 1), null, null, null
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
select 'url', '', '', 0, null, null, url
from (select distinct url from judged where state = 'undecided') u
union all
select 'text', '', '', 0, key::text, null, doc #>> '{}' from unread
union all
select 'blocked', '', '', 0, key::text, null, null from blocked
union all
(select 'sample', class, '', 0, key::text, path, url
 from checked where $10::boolean and class in ('missing', 'differs') order by key, n limit 10)
union all
(select 'sample', 'stray', '', 0, source_key, null, target_id
 from strays where $9::boolean is not null and $10::boolean order by source_key limit 10)
union all
(select 'sample', 'misplaced', '', 0, key::text, null, null
 from sequence where $10::boolean and stands <> belongs order by key limit 10)
)sql";

} // namespace slipway::links_migrate::parts
