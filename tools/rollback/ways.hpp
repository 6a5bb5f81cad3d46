// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/read.hpp"

#include <string>
#include <vector>

namespace slipway::rollback {

/// One thing that undoes a part of what the deployment did to the database, without a restore.
struct Undo {
    std::string tool; // `migrate-apply` or `links-migrate`
    std::vector<std::string> arguments;
    std::string words; // `002_backfill by its down script`
};

/// How the database can go back without a restore: all of `undos` in their order, the last change
/// first; or why it cannot.
struct GentleWay {
    std::vector<Undo> undos;
    std::string why_not; // empty where it can
};

/// What the records of the newest run tell: migrate-apply's migrations by their down scripts,
/// links-migrate's rows by its rollback. Not where others say that data are wrong, for no script
/// brings these back; what the two say of their own work is undone with it. Pure.
GentleWay gentle_way(std::vector<record::Found> const& records, std::string const& environment);

} // namespace slipway::rollback
