// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/temp_folder.hpp"
#include "json/value.hpp"
#include "proc/child.hpp"
#include "proc/command.hpp"
#include "time/clock.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::support {

/// A folder in which the real deploy-run works, several times after each other; its records lie
/// in slipway-out there.
class DeploySite {
public:
    using Environment = std::vector<std::pair<std::string, std::string>>;

    DeploySite() : folder_("deploy-run-") {}

    /// Writes a file of the project.
    void write(std::string const& name, std::string_view text) const;

    /// Writes a program, which stands for a tool where SLIPWAY_BIN names the folder.
    void write_program(std::string const& name, std::string_view text) const;

    /// The text of a file; empty where there is none.
    [[nodiscard]] std::string read(std::string const& name) const;

    /// Runs deploy-run to its end without any variable of CI or Slipway but those given. Throws
    /// where a record that it left is not what docs/schema/deploy-run-1.json says.
    [[nodiscard]] proc::Outcome
    run(std::vector<std::string> arguments, Environment const& environment = {}) const;

    /// Starts deploy-run.
    [[nodiscard]] proc::Child
    start(std::vector<std::string> arguments, Environment const& environment = {}) const;

    /// Starts deploy-run and waits until a file of that name is there.
    [[nodiscard]] proc::Child start_until(
        std::string const& file,
        std::vector<std::string> arguments,
        Environment const& environment = {}) const;

    /// The record of that name in slipway-out.
    [[nodiscard]] json::Value record(std::string const& name = "deploy-run-run.json") const;

    /// The steps of the record as `one=passed two=failed`.
    [[nodiscard]] std::string steps() const;

    /// The names of the files in slipway-out that hold the text, besides what the run printed.
    [[nodiscard]] std::vector<std::string> files_with(std::string_view text) const;

    [[nodiscard]] fs::Path path(std::string const& name) const { return folder_.path() / name; }

private:
    [[nodiscard]] proc::Command
    command(std::vector<std::string> arguments, Environment const& environment) const;
    void require_valid_records() const;

    fs::TempFolder folder_;
};

/// A pipeline whose second step fails until a file `ok` is there; every step counts its runs.
inline constexpr std::string_view three_steps = R"(name: shop
environment: staging
steps:
  - id: one
    run: echo run >> one.count
  - id: two
    run: echo run >> two.count; test -f ok || { echo "no ok file" >&2; exit 9; }
    inputs: [one]
  - id: three
    run: echo run >> three.count
  - id: report
    uses: report-render
    with: { RECORD: "${SLIPWAY_RECORDS}" }
    inputs: all
    always: true
)";

/// The value at a JSON pointer: a string as it is, anything else as JSON text.
std::string at(json::Value const& record, std::string const& pointer);

/// Whether the part stands in the text.
bool has(std::string_view text, std::string_view part);

/// The number of line ends.
std::size_t lines_of(std::string_view text);

/// Waits until the child has ended; false where the patience was over before.
bool ends_within(proc::Child& child, time::Milliseconds patience);

/// Waits until no process of that id is alive; false where the patience was over before.
bool is_gone_within(int pid, time::Milliseconds patience);

} // namespace slipway::support
