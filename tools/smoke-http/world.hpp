// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/credentials.hpp"
#include "cookies.hpp"
#include "exchanges.hpp"
#include "http/client.hpp"
#include "pg/connection.hpp"
#include "suite.hpp"
#include "tool/context.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace slipway::smoke_http {

/// What all steps of a run share. Everything here is used with the lock held, which a step gives
/// away only while it waits (World::unlocked): so no two steps look at it at the same time.
struct Shared {
    explicit Shared(tool::Context& given) : context(given), deadline(given.deadline) {}

    tool::Context& context;
    std::mutex mutex;
    std::condition_variable changed; // a step ended
    std::mutex database;             // held while the one connection is used
    json::Box variables;
    Cookies cookies;
    Exchanges exchanges;
    time::Deadline deadline;
    std::optional<pg::Connection> connection;
    std::optional<Error> no_connection; // why there is none
    std::set<std::string> given_up;     // origins that are not asked again
    struct Token {
        std::string value;
        time::Steady until{};
    };
    std::map<std::string, Token> tokens; // of client credentials
    std::optional<aws::Provider> aws_credentials;
};

/// What one worker runs steps with.
class World {
public:
    World(Suite const& its_suite, Shared& all, std::unique_lock<std::mutex>& held);

    Suite const& suite;
    tool::Context& context;
    Shared& shared;
    json::Box variables; // as the step that runs sees them

    /// From now on without the run's stop, for the teardown.
    void ignore_stop();

    /// Calls while others may work.
    template <class Work>
    auto unlocked(Work&& work) {
        Released const released{lock_};
        return work();
    }

    /// One exchange, kept for the HAR.
    http::Outcome send(Step const& step, http::Request const& request, time::Deadline deadline);

    /// Several at a time, of which the first is kept.
    std::vector<http::Outcome>
    send_all(Step const& step, std::vector<http::Request> requests, time::Deadline deadline);

    /// Waits until another step ended.
    void wait_for_change() { shared.changed.wait(lock_); }

    /// Waits; false where a stop was requested.
    bool sleep(time::Milliseconds pause);

    /// Sets a variable for this step and those to come.
    void set(std::string const& name, json::Value value);
    void unset(std::string const& name);

private:
    class Released {
    public:
        explicit Released(std::unique_lock<std::mutex>& lock) : lock_(lock) { lock_.unlock(); }
        Released(Released const&) = delete;
        Released& operator=(Released const&) = delete;
        Released(Released&&) = delete;
        Released& operator=(Released&&) = delete;
        ~Released() { lock_.lock(); }

    private:
        std::unique_lock<std::mutex>& lock_;
    };

    std::unique_lock<std::mutex>& lock_;
    std::unique_ptr<http::Client> client_;
    std::stop_token stop_;
};

} // namespace slipway::smoke_http
