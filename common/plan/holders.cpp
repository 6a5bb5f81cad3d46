// SPDX-License-Identifier: Apache-2.0
#include "plan/holders.hpp"

namespace slipway::plan {

std::map<Oid, std::vector<Holder>>
lock_holders(pg::Connection& connection, std::span<Oid const> relations) {
    std::map<Oid, std::vector<Holder>> out;
    if (relations.empty()) {
        return out;
    }
    std::string oids;
    for (auto const oid : relations) {
        oids += (oids.empty() ? "{" : ",") + std::to_string(oid);
    }
    // A background worker has no application name; autovacuum is one.
    auto const found = connection.exec(
        R"(
select l.relation, coalesce(l.pid, 0), l.mode, not l.granted,
       coalesce(nullif(a.application_name, ''), a.backend_type, 'a prepared transaction'),
       coalesce(a.state, ''),
       greatest(extract(epoch from clock_timestamp() - a.xact_start) * 1000, 0)::bigint
from pg_locks l left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.relation = any ($1::oid[])
  and l.database = (select oid from pg_database where datname = current_database())
  and l.pid is distinct from pg_backend_pid()
order by 7 desc nulls last, 2)",
        {oids + "}"});
    for (auto const row : found) {
        Holder holder;
        holder.pid = row.get<std::int32_t>(1);
        holder.mode = lock_mode_from(row.text(2)).value_or(LockMode::none);
        holder.waits = row.get<bool>(3);
        holder.application = row.get<std::string>(4);
        holder.state = row.get<std::string>(5);
        holder.transaction_age =
            time::Milliseconds{row.get<std::optional<std::int64_t>>(6).value_or(0)};
        out[row.get<Oid>(0)].push_back(std::move(holder));
    }
    return out;
}

} // namespace slipway::plan
