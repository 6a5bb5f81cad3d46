// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/client.hpp"
#include "pg/conninfo.hpp"
#include "tool/context.hpp"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace slipway::db_backup {

/// How long a session waits for a lock that our coordinator holds already: who is before it in the
/// queue wants to have the table alone, and waits for the coordinator.
inline constexpr time::Milliseconds mutual_wait{5000};

/// One run of pg_dump.
struct Dump {
    backup::Client client;
    pg::ConnInfo source;
    std::string snapshot; // exported by a session that lives on
    fs::Path folder;      // does not exist yet
    fs::Path tar;         // neither; empty: the archive stays a folder
    std::vector<std::string> selection;
    std::int64_t jobs = 1;
    time::Milliseconds lock_wait{0};
    std::uint64_t tables = 0; // whose rows are dumped, for the progress shown
    bool show_progress = true;
    bool durable = true;  // false: the files need not outlive a crash of the machine
    std::stop_token stop; // besides the run's own
};

/// Dumps into a folder archive; throws with pg_dump's own words where it fails, and notes its exit
/// in the record either way.
void run_dump(Dump const& dump, tool::Context& context);

} // namespace slipway::db_backup
