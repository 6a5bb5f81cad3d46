// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/read.hpp"
#include "record/record.hpp"

#include <string>

namespace slipway::support {

/// A record of `db-backup create` that passed, of run r1, staging, database shop and commit c0ffee,
/// from 10:00:00.000 to 10:00:03.102 on 31 January 2026.
record::Record sample_record();

/// A record with every field filled that there is.
record::Record full_record();

/// The sample as it would be found at `path`.
record::Found found_at(record::Record record, fs::Path path, std::string sha256 = "aa");

} // namespace slipway::support
