// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/schema.hpp"

namespace slipway::plan {

/// Inside the room: fills a Schema from the catalogs, one statement a kind of thing.
class SchemaReader {
public:
    SchemaReader(pg::Connection& connection, Schema& schema)
        : connection_(connection), schema_(schema) {}

    void read(Wanted const& wanted);

private:
    void read_session();
    void read_relations(Wanted const& wanted);
    void read_sizes();
    void read_columns();
    void read_indexes();
    void read_constraints();
    void read_family();
    void sum_up_partitions();
    void read_views();
    void read_functions(std::set<std::string> const& names);
    void read_types(std::set<std::string> const& spellings);
    void read_casts();
    void read_domains(std::set<std::string> const& names);
    Relation& of(pg::Result::Row const& row);

    pg::Connection& connection_;
    Schema& schema_;
    std::string oids_; // of all relations, as an array
};

} // namespace slipway::plan
