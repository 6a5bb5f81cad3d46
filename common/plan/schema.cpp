// SPDX-License-Identifier: Apache-2.0
#include "plan/schema.hpp"

#include "pg/transaction.hpp"
#include "plan/schema_reader.hpp"

#include <algorithm>

namespace slipway::plan {

Column const* Relation::column(std::string_view wanted) const {
    auto const found = std::find_if(
        columns.begin(), columns.end(), [&](Column const& each) { return each.name == wanted; });
    return found == columns.end() ? nullptr : &*found;
}

Constraint const* Relation::constraint(std::string_view wanted) const {
    auto const found =
        std::find_if(constraints.begin(), constraints.end(), [&](Constraint const& each) {
            return each.name == wanted;
        });
    return found == constraints.end() ? nullptr : &*found;
}

std::vector<std::string> Relation::primary_key() const {
    for (auto const& each : constraints) {
        if (each.type == 'p') {
            return each.columns;
        }
    }
    return {};
}

Schema Schema::read(pg::Connection& connection, Wanted const& wanted) {
    Schema schema;
    SchemaReader reader{connection, schema};
    if (connection.transaction_status() != pg::TransactionStatus::idle) {
        reader.read(wanted);
        return schema;
    }
    pg::Transaction snapshot{connection, "begin isolation level repeatable read, read only"};
    reader.read(wanted);
    snapshot.rollback();
    return schema;
}

Relation const* Schema::find(Oid oid) const {
    auto const found = relations.find(oid);
    return found == relations.end() ? nullptr : &found->second;
}

Relation const* Schema::find(sql::Name const& name, std::vector<std::string> const& path) const {
    auto const found = by_name_.find(name.name);
    if (found == by_name_.end()) {
        return nullptr;
    }
    auto const in_schema = [&](std::string const& schema) -> Relation const* {
        for (auto const oid : found->second) {
            auto const& relation = relations.at(oid);
            if (relation.name.schema == schema) {
                return &relation;
            }
        }
        return nullptr;
    };
    if (!name.schema.empty()) {
        return in_schema(name.schema);
    }
    for (auto const& schema : path) {
        if (auto const* relation = in_schema(schema)) {
            return relation;
        }
    }
    return nullptr;
}

std::optional<bool> Schema::is_volatile(std::string const& function) const {
    auto const found = volatile_.find(function);
    return found == volatile_.end() ? std::nullopt : std::optional{found->second};
}

Type const* Schema::type(std::string const& spelling) const {
    auto const found = types_.find(spelling);
    return found == types_.end() ? nullptr : &found->second;
}

std::optional<Schema::Cast> Schema::cast(Oid from, Oid to) const {
    auto const found = casts_.find({from, to});
    return found == casts_.end() ? std::nullopt : std::optional{found->second};
}

std::vector<DomainUse>
Schema::uses_of_domain(sql::Name const& name, std::vector<std::string> const& path) const {
    auto const in_schema = [&](std::string const& schema) {
        return domains_.find({schema, name.name});
    };
    if (!name.schema.empty()) {
        auto const found = in_schema(name.schema);
        return found == domains_.end() ? std::vector<DomainUse>{} : found->second;
    }
    for (auto const& schema : path) {
        if (auto const found = in_schema(schema); found != domains_.end()) {
            return found->second;
        }
    }
    return {};
}

} // namespace slipway::plan
