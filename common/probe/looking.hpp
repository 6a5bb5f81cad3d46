// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "probe/look.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace slipway::probe {

/// Inside the room: the check of a look that begins.
record::Check begun(std::string const& id, std::string title);

/// A look that ends well, with its one check.
Look good(record::Check check, std::string brief);

/// One that found the other side not as it should be.
Look wrong(record::Check check, std::string brief, std::string hint = {});

/// What an error means for a probe: nobody there, or somebody who is not as it should be.
Look of_error(record::Check check, Error const& error);

/// Whether the error is not about the other side, and ends the run.
bool ends_the_run(Error const& error);

/// Adds a check of a part, `<id>.<part>`: failed where `fault` is not empty.
void add_part(
    Look& look,
    std::string const& id,
    std::string_view part,
    std::string title,
    std::string fault,
    std::string otherwise,
    std::string hint = {});

/// Notes how long the look took.
void note_time(Look& look, std::chrono::steady_clock::time_point start);

/// Runs `work`, makes a look of an error, and notes the time.
template <class Work>
Look guarded(record::Check check, Work&& work) {
    auto const start = std::chrono::steady_clock::now();
    Look look;
    try {
        look = work(check);
    } catch (Error const& error) {
        if (ends_the_run(error)) {
            throw;
        }
        look = of_error(std::move(check), error);
    }
    note_time(look, start);
    return look;
}

} // namespace slipway::probe
