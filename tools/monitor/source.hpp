// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "observation.hpp"

#include <string_view>

namespace slipway::monitor {

/// Something that is looked at with every sample.
class Source {
public:
    Source() = default;
    Source(Source const&) = delete;
    Source& operator=(Source const&) = delete;
    Source(Source&&) = delete;
    Source& operator=(Source&&) = delete;
    virtual ~Source() = default;

    /// `http`, `postgres`, `log.app`, ….
    [[nodiscard]] virtual std::string_view name() const = 0;

    /// Looks once, within its own deadline, on a thread of its own. What fails becomes a gap of
    /// the sample; only a stop of the run is thrown, and what is a fault of this program.
    virtual void look(Sample& sample) = 0;

    /// Goes on where an earlier run of the series was, by source; before the first look.
    virtual void resume(std::map<std::string, std::string> const& positions) {
        static_cast<void>(positions);
    }
};

} // namespace slipway::monitor
