// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/temp_folder.hpp"
#include "pg/conninfo.hpp"
#include "proc/child.hpp"
#include "support/run_tool.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace slipway::support {

/// The password of every account of the sample application.
inline constexpr std::string_view sample_password = "correct-horse-battery";

/// As sample_database(), with all migrations applied: to be copied.
std::string const& migrated_sample_database();

/// A port on 127.0.0.1 that nobody listens on at this moment.
std::uint16_t free_port();

/// The sample application, running: started by the constructor, stopped by the destructor. Its
/// limits of rate are low and short, so that a burst does not disturb the next test.
class SampleApp {
public:
    /// Waits until it listens; throws with its output where it does not within ten seconds.
    explicit SampleApp(pg::ConnInfo const& database, Environment const& more = {});
    SampleApp(SampleApp const&) = delete;
    SampleApp& operator=(SampleApp const&) = delete;
    SampleApp(SampleApp&&) = delete;
    SampleApp& operator=(SampleApp&&) = delete;
    ~SampleApp();

    /// `http://127.0.0.1:PORT`.
    [[nodiscard]] std::string const& url() const { return url_; }

    /// Sets all of src/control.mjs at once, by a JSON object.
    void control(std::string_view settings) const;

    /// Switches one of the faults of src/faults.mjs on and all others off; empty: none.
    void fault(std::string_view name) const;

private:
    void wait_until_ready();

    fs::TempFolder folder_{"slipway-app-"};
    std::unique_ptr<proc::Child> child_;
    std::string url_;
};

} // namespace slipway::support
