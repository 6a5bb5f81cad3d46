// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/read.hpp"
#include "verdict/matrix.hpp"

#include <string>
#include <vector>

namespace slipway::rollback {

/// A record that is no evidence, and why.
struct Ignored {
    record::Found const* found = nullptr;
    std::string why;
};

/// What was read, and what it says.
struct Reading {
    std::vector<record::Found const*> used;
    std::vector<Ignored> ignored;
    verdict::Evidence evidence;
    int asked = 0;        // over the network, in all these records
    int silent = 0;       // of these: nobody answered
    bool patient = false; // one was asked again and again
};

/// The newest record of each step of the newest run among `all`, as far as it is one of monitor,
/// smoke-http, health-check, migrate-apply and test-run, of links-migrate verify, rollback detect
/// or a command of deploy-run; of any other tool, where it met damaged data. Those of another
/// environment (empty: any) are ignored. The pointers are into `all`. Pure.
Reading read_evidence(std::vector<record::Found> const& all, std::string const& environment);

} // namespace slipway::rollback
