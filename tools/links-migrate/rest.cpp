// SPDX-License-Identifier: Apache-2.0
#include "rest.hpp"

#include "signal/stop.hpp"

#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

void Rest::after(std::chrono::nanoseconds worked, tool::Context const& context) {
    using std::chrono::duration_cast;
    worked_ += worked.count();
    auto const pause = duration_cast<time::Milliseconds>(worked * share_ / (1.0 - share_));
    if (pause.count() == 0) {
        return;
    }
    auto const begun = context.clock.steady();
    bool const slept = context.clock.sleep(pause, context.stop);
    rested_ += (context.clock.steady() - begun).count();
    if (!slept) {
        throw signal::stopped_error();
    }
}

json::Value Rest::told() const {
    auto const worked = static_cast<double>(worked_);
    auto const rested = static_cast<double>(rested_);
    constexpr double ms = 1e6;
    return {
        {"asked", share_},
        {"kept", worked + rested > 0 ? rested / (worked + rested) : 0.0},
        {"worked_ms", static_cast<std::int64_t>(worked / ms)},
        {"rested_ms", static_cast<std::int64_t>(rested / ms)}};
}

} // namespace slipway::links_migrate
