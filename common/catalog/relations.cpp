// SPDX-License-Identifier: Apache-2.0
#include "catalog/relations.hpp"

#include "catalog/user_schemas.hpp"

#include <algorithm>
#include <array>

namespace slipway::catalog {

namespace {

struct Mode {
    std::string_view in_pg_locks;
    std::string_view in_sql;
};

// From the weakest to the strongest.
constexpr std::array<Mode, 8> modes{{
    {"AccessShareLock", "ACCESS SHARE"},
    {"RowShareLock", "ROW SHARE"},
    {"RowExclusiveLock", "ROW EXCLUSIVE"},
    {"ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"},
    {"ShareLock", "SHARE"},
    {"ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"},
    {"ExclusiveLock", "EXCLUSIVE"},
    {"AccessExclusiveLock", "ACCESS EXCLUSIVE"},
}};

std::string locked(std::string_view oid) {
    return std::string{oid} + " in (select l.relation from pg_locks l where l.locktype = 'relation'"
                              " and l.pid = pg_backend_pid())";
}

} // namespace

Relations relations(pg::Connection& connection, bool only_locked) {
    std::string const sql = std::string{R"(
select c.oid::bigint, n.nspname, c.relname, c.relkind::text, c.relfilenode::bigint,
       coalesce(i.indrelid, 0)::bigint,
       coalesce(case when c.relispartition then pg_partition_root(coalesce(i.indrelid, c.oid)) end,
                c.oid)::bigint,
       coalesce(i.indisvalid, true),
       exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x')),
       case when c.relkind in ('r', 'm') then pg_stat_get_xact_numscans(c.oid) else 0 end
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join pg_index i on i.indexrelid = c.oid
where c.relkind in ('r', 'p', 'i', 'I', 'm', 'v', 'S', 'f') and )"} +
                            std::string{user_schemas} +
                            (only_locked ? " and " + locked("c.oid") : "");
    Relations out;
    for (auto const row : connection.exec(sql)) {
        Relation one;
        one.schema = row.get<std::string>(1);
        one.name = row.get<std::string>(2);
        one.kind = row.text(3).front();
        one.file = row.get<std::int64_t>(4);
        one.table = row.get<std::int64_t>(5);
        one.root = row.get<std::int64_t>(6);
        one.valid = row.get<bool>(7);
        one.of_constraint = row.get<bool>(8);
        one.scans = row.get<std::int64_t>(9);
        out.emplace(row.get<std::int64_t>(0), std::move(one));
    }
    return out;
}

std::vector<OwnLock> own_locks(pg::Connection& connection) {
    std::vector<OwnLock> out;
    auto const found = connection.exec(R"(
select l.relation::bigint, l.mode, case when l.database = 0 then c.relname::text else '' end
from pg_locks l left join pg_class c on c.oid = l.relation
where l.locktype = 'relation' and l.granted and l.pid = pg_backend_pid() order by 1)");
    for (auto const row : found) {
        auto const* const at = std::find_if(modes.begin(), modes.end(), [&](Mode const& mode) {
            return mode.in_pg_locks == row.text(1);
        });
        if (at == modes.end()) {
            continue; // SIReadLock, which blocks nobody
        }
        auto const relation = row.get<std::int64_t>(0);
        int const strength = static_cast<int>(at - modes.begin()) + 1;
        if (out.empty() || out.back().relation != relation) {
            out.push_back({relation, {}, 0, row.get<std::string>(2)});
        }
        if (strength > out.back().strength) {
            out.back().mode = at->in_sql;
            out.back().strength = strength;
        }
    }
    return out;
}

std::vector<TableConstraint> table_constraints(pg::Connection& connection, bool only_locked) {
    std::string const sql = std::string{R"(
select k.conrelid::bigint, k.conname, k.contype::text, k.convalidated
from pg_constraint k join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
where k.contype in ('c', 'f') and k.conislocal and k.coninhcount = 0 and k.conparentid = 0
  and (k.contype = 'c' or c.relkind <> 'p') and )"} +
                            std::string{user_schemas} +
                            (only_locked ? " and " + locked("k.conrelid") : "");
    std::vector<TableConstraint> out;
    for (auto const row : connection.exec(sql)) {
        out.push_back(
            {row.get<std::int64_t>(0),
             row.get<std::string>(1),
             row.text(2).front(),
             row.get<bool>(3)});
    }
    return out;
}

bool wrote_to_databases(pg::Connection& connection) {
    // A row that is visible and whose transaction has not ended is this transaction's own, also
    // where a subtransaction wrote it.
    return connection
        .exec(R"(
select exists (
    select from pg_database d, (select txid_current_if_assigned() as top) t
    where d.xmin::text::bigint >= t.top % 4294967296
      and txid_status(t.top - t.top % 4294967296 + d.xmin::text::bigint) = 'in progress'))")
        .one_value<bool>();
}

} // namespace slipway::catalog
