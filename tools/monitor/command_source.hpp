// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "source.hpp"
#include "sources_file.hpp"

#include <optional>
#include <stop_token>

namespace slipway::monitor {

/// Runs a command of the user with every sample and takes the number, or the JSON object of
/// numbers, that it prints.
class CommandSource final : public Source {
public:
    CommandSource(FigureSpec spec, time::Milliseconds timeout, std::stop_token stop);

    /// `command.queue`.
    [[nodiscard]] std::string_view name() const override { return name_; }
    void look(Sample& sample) override;

private:
    FigureSpec spec_;
    std::string name_;
    time::Milliseconds timeout_;
    std::stop_token stop_;
};

/// The numbers in a text, by name: a number alone has none, those of a JSON object have theirs,
/// nested ones with dots. Booleans are 1 and 0; texts are left out. Throws failed where there is
/// no number.
std::map<std::string, double> numbers_in(std::string_view text);

} // namespace slipway::monitor
