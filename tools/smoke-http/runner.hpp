// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "outcome.hpp"
#include "world.hpp"

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace slipway::smoke_http {

/// Runs the steps of suites, and adds a check, a metric and an entry of `data.steps` for each of
/// them to the record, in the suite's order.
class Runner {
public:
    struct Policy {
        bool fail_fast = false;
        std::size_t jobs = 1; // steps at a time
    };

    Runner(Shared& shared, Policy policy) : shared_(shared), policy_(policy) {}

    /// The included suites once, then setup, steps and teardown of each suite, then the teardowns
    /// of the included ones; after a stop only teardowns, with a short time of their own. Throws
    /// the stop's error after that, and unavailable where no step got any answer.
    void run(std::vector<Suite> const& included, std::vector<Suite> const& suites);

    /// How many ended so, of all steps.
    [[nodiscard]] int passed() const { return passed_; }
    [[nodiscard]] int failed() const { return failed_; }
    [[nodiscard]] int skipped() const { return skipped_; }

    /// `id: first line of its message` of the first step that failed.
    [[nodiscard]] std::string const& first_failure() const { return first_failure_; }

private:
    enum class Phase : std::uint8_t { setup, steps, teardown };
    struct Course; // steps of one phase, under way

    void run_suite(Suite const& suite, bool with_teardown);
    void run_phase(Suite const& suite, std::vector<Step> const& steps, Phase phase);
    void run_teardown(Suite const& suite);
    void work(Course& course, World& world);
    Outcome run_step(Step const& step, World& world, Phase phase);
    Attempt try_once(Step const& step, World& world, int& attempts);
    Attempt poll(Step const& step, World& world, int& attempts);
    Attempt repeat(Step const& step, World& world, int& attempts);
    bool pause(World& world, int attempt, Attempt const& last);
    std::string why_skipped(Step const& step, World const& world, Phase phase) const;
    std::string why_not_needed(Step const& step) const;
    [[nodiscard]] bool stopped() const;
    void learn_of_server(Attempt const& made);
    void count(Step const& step, Outcome const& outcome);
    void prepare_variables(Step const& step, World& world);

    Shared& shared_;
    Policy policy_;
    std::string broken_; // why the steps of the suite are skipped: its setup, or an include, failed
    int passed_ = 0;
    int failed_ = 0;
    int skipped_ = 0;
    bool answered_ = false;
    std::string first_failure_;
    std::optional<Error> unreached_;
    std::map<std::string, record::CheckStatus> ended_; // by id, and by the id of a for_each
    std::set<std::string> silent_;                     // origins that once did not answer in time
    std::set<std::string> heard_;                      // origins that answered
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace slipway::smoke_http
