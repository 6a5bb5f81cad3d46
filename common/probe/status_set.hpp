// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::probe {

/// Which statuses of an HTTP answer are right: single ones and classes.
class StatusSet {
public:
    /// Words such as `200`, `2xx`; throws usage for others.
    explicit StatusSet(std::vector<std::string> const& words);

    [[nodiscard]] bool has(int status) const;

    /// `200 or 4xx`, for messages.
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::string> words_;
    std::vector<std::pair<int, int>> ranges_;
};

/// `404 Not Found`: the status with its usual phrase, where it has one.
std::string status_text(int status);

} // namespace slipway::probe
