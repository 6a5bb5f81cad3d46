// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment/model.hpp"

/// What the renderers show: the deployment as the room of that name reads it from the records.
namespace slipway::report_render {

using deployment::Advice;
using deployment::Change;
using deployment::Counts;
using deployment::Fact;
using deployment::Link;
using deployment::LinkState;
using deployment::Migration;
using deployment::Note;
using deployment::note_kinds;
using deployment::Report;
using deployment::Step;
using deployment::Trouble;

using deployment::broken;
using deployment::count;
using deployment::human_bytes;
using deployment::name;
using deployment::phrase;
using deployment::rank;
using deployment::tone;
using deployment::word;

} // namespace slipway::report_render
