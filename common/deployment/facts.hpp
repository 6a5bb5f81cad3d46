// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::deployment {

/// One migration as migrate-apply's data has it.
struct Migration {
    std::string id;
    std::string file;
    std::string checksum;
    std::string status;
    std::optional<time::Milliseconds> duration;
    bool this_run = false;
};

/// One backup as db-backup's data has it; a field that the data lacks is empty.
struct Backup {
    std::string id;
    std::string kind;
    std::string level; // stored, listed, restored
    std::optional<std::uint64_t> database_bytes;
};

/// The migrations in a record's data; empty where there are none or they have another shape.
std::vector<Migration> migrations_of(record::Record const& record);

/// The backup in the data of a db-backup record.
std::optional<Backup> backup_of(record::Record const& record);

/// `412 MB`, in powers of ten as disks and object stores count.
std::string human_bytes(std::uint64_t bytes);

} // namespace slipway::deployment
