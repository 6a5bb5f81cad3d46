// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tally.hpp"
#include "transform.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::links_migrate {

/// Source rows by key: after the first (none: from the beginning), up to the second (none: to the
/// end), it included.
struct Range {
    std::optional<std::string> after;
    std::optional<std::string> to;
};

/// What a statement found in a range.
struct Outcome {
    Tally tally;
    std::map<std::string, std::int64_t> classes; // of verify: same, missing, changed, …
    std::int64_t misplaced = 0;                  // rows of the source whose links are out of order
    std::int64_t noted = 0;                      // in the ledger
    std::int64_t strays = 0;                     // written rows that the source has no longer
    std::vector<Reject> rejects;
    std::vector<Sample> samples;

    void add(Outcome&& other);
};

/// Which examples are wanted along with the counts.
struct Wanted {
    bool rejects = false;
    bool samples = false;
};

struct Judged;

/// Runs the statement over ranges, inside of the caller's transaction, which must have one snapshot
/// (repeatable read); judges what the server cannot.
class Transformer {
public:
    /// `only`: SQL that says which rows of the source `s` are looked at, besides the mapping's.
    Transformer(
        Mapping const& mapping,
        Tables tables,
        Purpose purpose,
        bool with_ledger,
        std::string const& only = {});

    /// The last key of the next `rows` rows behind a key, not beyond `to`; nothing where there are
    /// none.
    [[nodiscard]] std::optional<std::string> next_key(
        pg::Connection& connection,
        std::optional<std::string> const& after,
        std::optional<std::string> const& to,
        std::int64_t rows) const;

    /// Counts, writes or compares; `run` is for writing. `keys`: of these rows of the range alone.
    Outcome
    run(pg::Connection& connection,
        Range const& range,
        Wanted wanted,
        std::optional<std::int64_t> run = {},
        std::optional<std::vector<std::string>> keys = {}) const;

    [[nodiscard]] Tables const& tables() const { return tables_; }

private:
    void take_row(Outcome& out, Judged& judged, pg::Result::Row const& row) const;

    Mapping mapping_;
    Tables tables_;
    std::string next_;
    Purpose purpose_;
    std::string sql_;
};

} // namespace slipway::links_migrate
