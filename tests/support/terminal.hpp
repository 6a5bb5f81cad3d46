// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/unique_fd.hpp"
#include "support/run_tool.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace slipway::support {

/// One of our tools on a pseudo-terminal of its own, as a person has it; killed by the destructor.
class Terminal {
public:
    Terminal(
        std::string const& tool,
        std::vector<std::string> args,
        Environment const& env,
        unsigned short columns,
        unsigned short rows);
    Terminal(Terminal const&) = delete;
    Terminal& operator=(Terminal const&) = delete;
    Terminal(Terminal&&) = delete;
    Terminal& operator=(Terminal&&) = delete;
    ~Terminal();

    /// Reads until the word came; returns all since the last call. Ends with the tool.
    std::string read_until(std::string_view word);

    /// Reads all to the tool's end and returns it.
    std::string read_rest() { return read_until(""); }

    void resize(unsigned short columns, unsigned short rows) const;
    void send_signal(int number) const;

private:
    fs::UniqueFd master_;
    pid_t child_ = -1;
};

} // namespace slipway::support
