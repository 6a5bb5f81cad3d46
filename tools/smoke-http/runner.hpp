// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attempt.hpp"

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::smoke_http {

/// Runs the steps of a suite in order, and adds a check, a metric and an entry of `data.steps` for
/// each of them to the record.
class Runner {
public:
    Runner(World& world, bool fail_fast) : world_(world), fail_fast_(fail_fast) {}

    /// Setup, steps and teardown; after a stop only the teardown, with a short time of its own.
    /// Throws the stop's error after that, and unavailable where no step got any answer.
    void run();

    /// How many ended so, of setup and steps.
    [[nodiscard]] int passed() const { return passed_; }
    [[nodiscard]] int failed() const { return failed_; }
    [[nodiscard]] int skipped() const { return skipped_; }

    /// `id: first line of its message` of the first step that failed.
    [[nodiscard]] std::string const& first_failure() const { return first_failure_; }

private:
    void run_all(std::vector<Step> const& steps);
    void run_teardown();
    void run_step(Step const& step);
    Attempt try_step(Step const& step);
    std::string why_skipped(Step const& step);
    [[nodiscard]] std::string why_not_when(Step const& step) const;
    bool pause(int attempt, Attempt const& last);
    void learn_of_server(Attempt const& made);
    void settle(Step const& step, Attempt const& made, time::Milliseconds took);
    void skip(Step const& step, std::string const& why);
    void tell(Step const& step, record::Check const& check, Attempt const& made);
    void keep(Step const& step, Attempt const& made, record::Check const& check);

    World& world_;
    bool fail_fast_;
    bool in_teardown_ = false;
    bool setup_failed_ = false;
    int passed_ = 0;
    int failed_ = 0;
    int skipped_ = 0;
    bool answered_ = false;
    std::string first_failure_;
    std::optional<Error> unreached_;
    std::map<std::string, record::CheckStatus> ended_; // by id
    std::set<std::string> silent_;                     // origins that once did not answer in time
    std::set<std::string> heard_;                      // origins that answered
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace slipway::smoke_http
