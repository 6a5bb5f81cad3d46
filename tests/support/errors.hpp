// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"

#include <chrono>
#include <stdexcept>

namespace slipway::support {

/// The error that `act` throws; a test fails where it throws none or another type.
template <class Thrown = Error, class Act>
Thrown error_of(Act&& act) {
    try {
        act();
    } catch (Thrown const& error) {
        return error;
    }
    throw std::logic_error{"no error was thrown where one was expected"};
}

/// How long `act` takes.
template <class Act>
std::chrono::milliseconds time_of(Act&& act) {
    auto const start = std::chrono::steady_clock::now();
    act();
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
}

} // namespace slipway::support
