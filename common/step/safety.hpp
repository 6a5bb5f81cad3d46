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
    bool keep_all = false; // the next thing may need an older one
    time::Milliseconds lock_wait{60'000};
    time::Milliseconds timeout{0};
    std::function<void(std::string_view)> on_log_line;
};

/// Has the sibling db-backup make it. Rows that were lost do not stop it, for that may be why it
/// is made. Of the safety backups of this database the five newest stay, unless `keep_all` says so
/// of all; others are not touched.
Ended make_safety_backup(Safety const& safety, std::stop_token const& stop);

} // namespace slipway::step
