// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::expr {

/// Several jq expressions compiled as one program, since a compilation takes jq 1.6 22 ms whatever
/// its length; one thread at a time.
///
/// The environment, further input, files and the process's end are out of an expression's reach.
class Jq {
public:
    /// Throws usage that names the expression at fault and jq's message.
    Jq(std::vector<std::string> const& expressions, std::vector<std::string> const& variables);
    Jq(Jq const&) = delete;
    Jq& operator=(Jq const&) = delete;
    Jq(Jq&&) = delete;
    Jq& operator=(Jq&&) = delete;
    ~Jq();

    /// The outputs of one expression, at most `limit`; throws failed with jq's message. Integers
    /// beyond 2^53 are rounded, as jq 1.6 rounds them.
    std::vector<json::Value>
    run(std::size_t index,
        json::Value const& input,
        json::Value const& variables,
        std::size_t limit);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace slipway::expr
