// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline.hpp"
#include "record/read.hpp"
#include "secret/redactor.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::deploy_run {

/// A record that a step was given, pinned by its checksum.
struct Taken {
    std::string step;
    std::string sha256;
};

/// What an earlier run of the pipeline noted of a step.
struct Before {
    std::string id;
    std::string status;
    std::string definition;
    std::string record; // relative to the pipeline's record
    std::string sha256; // of that record, from the inputs
    std::vector<Taken> inputs;
};

/// An earlier run of the pipeline, as its record tells it.
struct Earlier {
    fs::Path path;
    std::string run_id;
    std::string pipeline_sha256;
    std::vector<Before> steps;
};

/// What the pipeline asks of a step now.
struct Wanted {
    std::string id;
    std::string definition;
    std::vector<std::string> inputs;
    bool always = false;
    bool rollback = false;
};

/// Whether a step's evidence stands, or why it must run again.
struct Decision {
    bool trusted = false;
    std::string because;
    bool ran_before = false; // as opposed to one that was not reached
};

/// The checksum of a step's definition: what decides what the step does, secrets left out.
std::string
definition_of(Step const& step, std::string_view environment, secret::Redactor const& redactor);

/// Decides for each step of the pipeline, in its order; after a rollback nothing stands that was
/// done before. `checksum` gives the checksum that a
/// record's file has now; nothing where it is gone.
std::vector<Decision> decide(
    std::vector<Wanted> const& wanted,
    std::vector<Before> const& before,
    std::function<std::optional<std::string>(std::string const& record)> const& checksum);

/// Takes from a record of deploy-run what it says of its steps.
Earlier earlier_of(record::Found const& found);

/// The newest run of this pipeline and run id that noted its steps, among the record at
/// `run_record` and those that made room for it; nothing where there is none.
std::optional<Earlier>
find_earlier(fs::Path const& run_record, std::string_view pipeline, std::string_view run_id);

} // namespace slipway::deploy_run
