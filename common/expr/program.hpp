// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::expr {

/// All expressions of a suite, compiled together; move-only, safe to use from several threads.
///
/// Plain paths and comparisons (`.a.b[0]`, `.n >= 8`, `$name.x`) are evaluated with integers of 64
/// bits exact; everything else by jq, without access to the environment, files or more input.
class Program {
public:
    Program(Program&& other) noexcept;
    Program& operator=(Program&& other) noexcept;
    Program(Program const&) = delete;
    Program& operator=(Program const&) = delete;
    ~Program();

    /// The first output of expression `index`, null where it has none. `variables` is an object:
    /// throws failed where a variable that the expression names is not in it, and with jq's
    /// message where the expression does not fit the input.
    [[nodiscard]] json::Value
    evaluate(std::size_t index, json::Value const& input, json::Value const& variables) const;

    /// All outputs of expression `index`, at most 100,000; throws as evaluate().
    [[nodiscard]] std::vector<json::Value>
    evaluate_all(std::size_t index, json::Value const& input, json::Value const& variables) const;

    /// Whether evaluate() does without jq.
    [[nodiscard]] bool is_plain(std::size_t index) const;

    [[nodiscard]] std::size_t size() const;

private:
    friend Program
    compile(std::vector<std::string> const& expressions, std::vector<std::string> const& variables);

    struct Parts;
    explicit Program(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// Compiles expressions that may use `$name` for each of the variables; throws usage that names
/// the expression at fault and the cause. jq is started only where an expression is not plain.
Program compile(
    std::vector<std::string> const& expressions,
    std::vector<std::string> const& variables = {});

/// Whether an outcome counts as true: anything but false and null, as in jq.
bool truthy(json::Value const& value);

} // namespace slipway::expr
