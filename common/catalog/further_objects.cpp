// SPDX-License-Identifier: Apache-2.0
#include "catalog/further_objects.hpp"

#include <array>

namespace slipway::catalog {

namespace {

// A row of a catalog as text stands for a definition where the kind is rare: it holds oids, and so
// is equal only within one database.
constexpr std::array<FurtherQuery, 23> further_queries{{
    {0, R"(select 'type ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname),
       'composite (' || coalesce((select string_agg(quote_ident(a.attname) || ' '
            || format_type(a.atttypid, a.atttypmod)
            || coalesce(' collate ' || (select quote_ident(l.collname) from pg_collation l
                 join pg_type b on b.oid = a.atttypid
                 where l.oid = a.attcollation and l.oid <> b.typcollation), ''),
            ', ' order by a.attnum)
            from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0
            and not a.attisdropped), '') || ')'
from pg_type t join pg_namespace n on n.oid = t.typnamespace
join pg_class c on c.oid = t.typrelid
where c.relkind = 'c' and %S and %E(t, pg_type))"},

    {0, R"(select 'type ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname),
       'range over ' || format_type(r.rngsubtype, null) || ' ' || (to_jsonb(r) - 'rngtypid')::text
from pg_range r join pg_type t on t.oid = r.rngtypid
join pg_namespace n on n.oid = t.typnamespace where %S and %E(t, pg_type))"},

    {0, R"(select 'type ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname),
       case when t.typisdefined then 'base ' else 'shell ' end
         || (to_jsonb(t) - '{oid,typowner,typacl,typarray,typnamespace,typname}'::text[])::text
from pg_type t join pg_namespace n on n.oid = t.typnamespace
where t.typtype in ('b', 'p') and not exists (select from pg_type e where e.typarray = t.oid)
  and %S and %E(t, pg_type))"},

    {0, R"(select 'cast ' || format_type(s.castsource, null) || ' AS '
         || format_type(s.casttarget, null),
       s.castcontext::text || ' ' || s.castmethod::text || ' ' || s.castfunc::regprocedure::text
from pg_cast s where s.oid >= 16384 and %E(s, pg_cast)
  and not exists (select from pg_depend i where i.classid = 'pg_cast'::regclass
                  and i.objid = s.oid and i.deptype = 'i'))"},

    {0, R"(select 'operator ' || quote_ident(n.nspname) || '.' || o.oprname || '('
         || coalesce(nullif(o.oprleft, 0)::regtype::text, 'NONE') || ', '
         || coalesce(nullif(o.oprright, 0)::regtype::text, 'NONE') || ')',
       (to_jsonb(o) - '{oid,oprowner,oprnamespace}'::text[])::text
from pg_operator o join pg_namespace n on n.oid = o.oprnamespace where %S and %E(o, pg_operator))"},

    {0, R"(select 'operator class ' || quote_ident(n.nspname) || '.' || quote_ident(o.opcname)
         || ' ' || m.amname, (to_jsonb(o) - '{oid,opcowner,opcnamespace}'::text[])::text
from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace join pg_am m on m.oid = o.opcmethod
where %S and %E(o, pg_opclass))"},

    {0, R"(select 'operator family ' || quote_ident(n.nspname) || '.' || quote_ident(o.opfname)
         || ' ' || m.amname,
       coalesce((select string_agg(a.amopopr::regoperator::text || ' ' || a.amopstrategy, ', '
                 order by 1) from pg_amop a where a.amopfamily = o.oid), '') || '; '
         || coalesce((select string_agg(p.amproc::regprocedure::text || ' ' || p.amprocnum, ', '
                 order by 1) from pg_amproc p where p.amprocfamily = o.oid), '')
from pg_opfamily o join pg_namespace n on n.oid = o.opfnamespace
join pg_am m on m.oid = o.opfmethod where %S and %E(o, pg_opfamily))"},

    {0, R"(select 'statistics ' || quote_ident(n.nspname) || '.' || quote_ident(s.stxname),
       pg_get_statisticsobjdef(s.oid) || coalesce(' target '
         || nullif(to_jsonb(s) ->> 'stxstattarget', '-1'), '')
from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace
where %S and %E(s, pg_statistic_ext))"},

    {0, R"(select 'collation ' || quote_ident(n.nspname) || '.' || quote_ident(l.collname),
       (to_jsonb(l) - '{oid,collowner,collnamespace,collname,collversion}'::text[])::text
from pg_collation l join pg_namespace n on n.oid = l.collnamespace
where %S and %E(l, pg_collation))"},

    {0, R"(select 'conversion ' || quote_ident(n.nspname) || '.' || quote_ident(v.conname),
       (to_jsonb(v) - '{oid,conowner,connamespace}'::text[])::text
from pg_conversion v join pg_namespace n on n.oid = v.connamespace
where %S and %E(v, pg_conversion))"},

    {0, R"(select 'rule ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.'
         || quote_ident(r.rulename), pg_get_ruledef(r.oid)
         || case r.ev_enabled when 'O' then '' when 'D' then ' (disabled)'
                 when 'R' then ' (replica)' else ' (always)' end
from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
where r.rulename <> '_RETURN' and %S and %E(c, pg_class))"},

    {0, R"(select 'event trigger ' || quote_ident(v.evtname),
       'on ' || v.evtevent || coalesce(' when tag in (' || array_to_string(v.evttags, ', ') || ')', '')
         || ' execute ' || v.evtfoid::regprocedure::text
         || case v.evtenabled when 'O' then '' when 'D' then ' (disabled)'
                 when 'R' then ' (replica)' else ' (always)' end
from pg_event_trigger v where %E(v, pg_event_trigger))"},

    {0, R"(select 'publication ' || quote_ident(p.pubname),
       (to_jsonb(p) - '{oid,pubowner,pubname}'::text[])::text
from pg_publication p where %E(p, pg_publication))"},

    {0, R"(select 'publication table ' || quote_ident(n.nspname) || '.' || quote_ident(p.pubname)
         || '.' || quote_ident(c.relname),
       (to_jsonb(r) - '{oid,prpubid,prrelid}'::text[])::text
from pg_publication_rel r join pg_publication p on p.oid = r.prpubid
join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace where %S)"},

    {150000, R"(select 'publication schema ' || quote_ident(n.nspname) || '.'
         || quote_ident(p.pubname), 'tables in schema'
from pg_publication_namespace r join pg_publication p on p.oid = r.pnpubid
join pg_namespace n on n.oid = r.pnnspid where %S)"},

    {0, R"(select 'text search ' || x.word || ' ' || quote_ident(n.nspname) || '.'
         || quote_ident(x.name), x.definition
from (select 'configuration' as word, c.cfgnamespace as namespace, c.cfgname as name, c.oid,
             'pg_ts_config'::regclass as class, c.cfgparser || ' '
             || coalesce((select string_agg(m.maptokentype || ' ' || m.mapseqno || ' '
                  || m.mapdict::regdictionary::text, ', ' order by m.maptokentype, m.mapseqno)
                  from pg_ts_config_map m where m.mapcfg = c.oid), '') as definition
      from pg_ts_config c
      union all select 'dictionary', d.dictnamespace, d.dictname, d.oid, 'pg_ts_dict'::regclass,
             d.dicttemplate || ' ' || coalesce(d.dictinitoption, '') from pg_ts_dict d
      union all select 'parser', p.prsnamespace, p.prsname, p.oid, 'pg_ts_parser'::regclass,
             (to_jsonb(p) - 'oid')::text from pg_ts_parser p
      union all select 'template', t.tmplnamespace, t.tmplname, t.oid, 'pg_ts_template'::regclass,
             (to_jsonb(t) - 'oid')::text from pg_ts_template t) x
join pg_namespace n on n.oid = x.namespace
where %S and not exists (select from pg_depend e where e.deptype = 'e' and e.objid = x.oid
                         and e.classid = x.class))"},

    {0, R"(select x.word || quote_ident(x.name), x.definition
from (select 'language ' as word, l.lanname as name, l.oid, 'pg_language'::regclass as class,
             (to_jsonb(l) - '{oid,lanowner,lanacl}'::text[])::text as definition from pg_language l
      union all select 'access method ', m.amname, m.oid, 'pg_am'::regclass, m.amhandler::text
      from pg_am m
      union all select 'foreign data wrapper ', f.fdwname, f.oid,
             'pg_foreign_data_wrapper'::regclass,
             (to_jsonb(f) - '{oid,fdwowner,fdwacl}'::text[])::text from pg_foreign_data_wrapper f
      union all select 'server ', s.srvname, s.oid, 'pg_foreign_server'::regclass,
             (to_jsonb(s) - '{oid,srvowner,srvacl}'::text[])::text from pg_foreign_server s) x
where x.oid >= 16384 and not exists (select from pg_depend e where e.deptype = 'e'
      and e.objid = x.oid and e.classid = x.class))"},

    {0, R"(select 'user mapping ' || quote_ident(u.usename) || ' ' || quote_ident(u.srvname),
       'options md5 ' || md5(coalesce(array_to_string(u.umoptions, ', '), ''))
from pg_user_mappings u)"},

    {0, R"(select 'transform ' || format_type(f.trftype, null) || ' FOR ' || l.lanname,
       f.trffromsql::text || ' ' || f.trftosql::text
from pg_transform f join pg_language l on l.oid = f.trflang where %E(f, pg_transform))"},

    {0, R"(select 'default privileges ' || coalesce(quote_ident(n.nspname) || '.', '')
         || quote_ident(r.rolname) || '.' || case d.defaclobjtype when 'r' then 'tables'
              when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types'
              else 'schemas' end,
       array_to_string(array(select a::text from unnest(d.defaclacl) a order by 1), ', ')
from pg_default_acl d join pg_roles r on r.oid = d.defaclrole
left join pg_namespace n on n.oid = d.defaclnamespace)"},

    // The last word of the type names it well enough: `table column` and `view column` are columns.
    {0, R"(select 'comment on ' || regexp_replace(i.type, '^.* ', '') || ' ' || i.identity,
       quote_literal(d.description)
from pg_description d, lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) i
where (d.objoid >= 16384 or d.classoid = 'pg_namespace'::regclass)
  and d.classoid <> 'pg_largeobject'::regclass
  and coalesce(i.schema, case i.type when 'schema' then i.name end, '') not like 'pg\_%'
  and not coalesce(i.schema, case i.type when 'schema' then i.name end, '') = any ($1::text[])
  and not exists (select from pg_depend e where e.deptype = 'e' and e.objid = d.objoid
                  and e.classid = d.classoid))"},

    {0, R"(select 'owner of ' || regexp_replace(i.type, '^.* ', '') || ' ' || i.identity,
       quote_ident(o.owner::regrole::text)
from (select 'pg_class'::regclass as class, oid, relowner as owner from pg_class
          where relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      union all select 'pg_proc'::regclass, oid, proowner from pg_proc
      union all select 'pg_namespace'::regclass, oid, nspowner from pg_namespace
      union all select 'pg_type'::regclass, t.oid, typowner from pg_type t
          left join pg_class c on c.oid = t.typrelid where typtype in ('d', 'e', 'r')
          or c.relkind = 'c' or typtype = 'b' and typelem = 0
      union all select 'pg_collation'::regclass, oid, collowner from pg_collation
      union all select 'pg_operator'::regclass, oid, oprowner from pg_operator
      union all select 'pg_opclass'::regclass, oid, opcowner from pg_opclass
      union all select 'pg_opfamily'::regclass, oid, opfowner from pg_opfamily
      union all select 'pg_conversion'::regclass, oid, conowner from pg_conversion
      union all select 'pg_statistic_ext'::regclass, oid, stxowner from pg_statistic_ext
      union all select 'pg_ts_config'::regclass, oid, cfgowner from pg_ts_config
      union all select 'pg_ts_dict'::regclass, oid, dictowner from pg_ts_dict
      union all select 'pg_event_trigger'::regclass, oid, evtowner from pg_event_trigger
      union all select 'pg_publication'::regclass, oid, pubowner from pg_publication
      union all select 'pg_language'::regclass, oid, lanowner from pg_language
      union all select 'pg_foreign_data_wrapper'::regclass, oid, fdwowner
          from pg_foreign_data_wrapper
      union all select 'pg_foreign_server'::regclass, oid, srvowner from pg_foreign_server) o,
lateral pg_identify_object(o.class, o.oid, 0) i
where (o.oid >= 16384 or i.identity = 'public') and coalesce(i.schema, '') not like 'pg\_%'
  and not coalesce(i.schema, case i.type when 'schema' then i.name end, '') = any ($1::text[])
  and not exists (select from pg_depend e where e.deptype = 'e' and e.objid = o.oid
                  and e.classid = o.class))"},

    // Where they are as they are by default there is nothing to tell.
    {0, R"(select 'privileges on ' || regexp_replace(i.type, '^.* ', '') || ' ' || i.identity,
       coalesce((select string_agg(g.line, '; ' order by g.line) from (
           select case a.grantee when 0 then 'public' else a.grantee::regrole::text end || ': '
                  || string_agg(lower(a.privilege_type)
                       || case when a.is_grantable then ' with grant option' else '' end, ', '
                       order by a.privilege_type) as line
           from aclexplode(o.acl) a group by a.grantee) g), 'none')
from (select 'pg_class'::regclass as class, oid, 0 as sub, relacl as acl,
             acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner) as usual
      from pg_class where relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      union all select 'pg_class'::regclass, attrelid, attnum, attacl, '{}' from pg_attribute
          where not attisdropped
      union all select 'pg_proc'::regclass, oid, 0, proacl, acldefault('f', proowner) from pg_proc
      union all select 'pg_namespace'::regclass, oid, 0, nspacl, acldefault('n', nspowner)
          from pg_namespace
      union all select 'pg_type'::regclass, oid, 0, typacl, acldefault('T', typowner) from pg_type
      union all select 'pg_language'::regclass, oid, 0, lanacl, acldefault('l', lanowner)
          from pg_language
      union all select 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwacl,
          acldefault('F', fdwowner) from pg_foreign_data_wrapper
      union all select 'pg_foreign_server'::regclass, oid, 0, srvacl, acldefault('S', srvowner)
          from pg_foreign_server) o,
lateral pg_identify_object(o.class, o.oid, o.sub) i
where o.acl is not null and (o.oid >= 16384 or i.identity = 'public')
  and not (o.acl @> o.usual and o.acl <@ o.usual)
  and coalesce(i.schema, '') not like 'pg\_%'
  and not coalesce(i.schema, case i.type when 'schema' then i.name end, '') = any ($1::text[])
  and not exists (select from pg_depend e where e.deptype = 'e' and e.objid = o.oid
                  and e.classid = o.class))"},
}};

} // namespace

std::span<FurtherQuery const> further_objects() {
    return further_queries;
}

} // namespace slipway::catalog
