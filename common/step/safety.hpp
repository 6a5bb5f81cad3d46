// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "step/sibling.hpp"

#include <string>
#include <utility>
#include <vector>

namespace slipway::step {

/// A backup before something that may have to be undone.
struct Safety {
    std::string database_url; // for the sibling's environment only
    std::string run_id;
    std::string environment;             // empty: none
    std::vector<fs::Path> folders;       // of the backups, or buckets; empty: db-backup's default
    std::vector<std::string> recipients; // of an encrypted one
    std::vector<std::pair<std::string, std::string>> settings; // variables of the sibling's options
    fs::Path output;
    time::Milliseconds lock_wait{60'000};
    time::Milliseconds timeout{0};
    std::function<void(std::string_view)> on_log_line;
};

/// Has the sibling db-backup make it. Rows that were lost do not stop it, for that may be why it
/// is made; and it removes no other backup, for one of them may be needed next.
Ended make_safety_backup(Safety const& safety, std::stop_token const& stop);

} // namespace slipway::step
