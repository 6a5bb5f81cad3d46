// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "record/record.hpp"
#include "time/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::record {

/// A record as it was found, with the checksum of its very bytes.
struct Found {
    Record record;
    fs::Path path;
    std::string sha256;
};

/// Reads one record; throws usage where it is no record, naming file, line and field, and where
/// its major version is unknown. Unknown fields are ignored.
Found read(fs::Path const& path);

/// Whether the text looks like a record, without judging it.
bool is_record(std::string_view text);

/// Reads the files given and all records below the folders given, oldest start first. Of a
/// folder, files that are no records are passed over; a file named itself must be one.
std::vector<Found> collect(std::vector<fs::Path> const& paths);

/// The newest of each run, step and attempt: what a report shows, without archived repetitions.
std::vector<Found const*> newest(std::vector<Found> const& all);

/// What a consumer demands of a record before it relies on it; empty fields are not compared.
struct Demand {
    std::string tool;
    std::string command;
    std::string environment;
    std::string commit;
    std::string run_id;
    std::optional<Target> target;
    std::optional<time::Milliseconds> younger_than;
    bool allow_warned = true;
    bool allow_dry_run = false;
};

/// Why the record is no evidence for the demand; empty where it is.
std::string objection(Found const& found, Demand const& demand, time::Instant now);

/// The newest record that meets the demand; throws refused with every objection where none does,
/// usage where there is no record of that tool at all.
Found const&
require_evidence(std::vector<Found> const& all, Demand const& demand, time::Instant now);

/// The entry for `inputs` that pins what was read.
Input input_of(Found const& found, fs::Path const& record_folder);

} // namespace slipway::record
