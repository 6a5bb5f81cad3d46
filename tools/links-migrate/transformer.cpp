// SPDX-License-Identifier: Apache-2.0
#include "transformer.hpp"

#include "error/error.hpp"
#include "judge.hpp"
#include "pg/quote.hpp"

#include <iterator>

#include <fmt/format.h>

namespace slipway::links_migrate {

// What C++ has judged for the rows that the server left alone.
struct Judged {
    std::vector<std::string> addresses;
    std::vector<std::string> verdicts;
    std::vector<std::string> mended;
    std::vector<std::string> keys;
    std::vector<std::string> documents;
    std::vector<std::string> faults;
    std::vector<std::string> blocked; // the keys still to be done
};

namespace {

void count(Outcome& out, std::string const& what, std::int64_t n) {
    auto& tally = out.tally;
    std::map<std::string, std::int64_t*> const places{
        {"rows", &tally.rows},
        {"items", &tally.items},
        {"blank", &tally.blank},
        {"labels_cut", &tally.labels_cut},
        {"inserted", &tally.inserted},
        {"noted", &out.noted},
        {"duplicates", &tally.duplicates},
        {"misplaced", &out.misplaced},
        {"strays", &out.strays}};
    *places.at(what) += n;
}

} // namespace

void Transformer::take_row(Outcome& out, Judged& judged, pg::Result::Row const& row) const {
    auto const what = row.text(0);
    std::string const kind{row.text(1)};
    std::string const reason{row.text(2)};
    auto const n = row.get<std::int64_t>(3);
    std::string const key{row.text(4)};
    std::string const path{row.text(5)};
    std::string const value{row.text(6)};
    if (what == "count") {
        count(out, kind, n);
    } else if (what == "class") {
        out.classes[kind] += n;
    } else if (what == "rejected") {
        out.tally.rejected += n;
        out.tally.reasons[reason] += n;
    } else if (what == "reject") {
        out.rejects.push_back({key, path, reason, without_secrets(value)});
    } else if (what == "sample") {
        out.samples.push_back({kind, reason, n, key, path, without_secrets(value)});
    } else if (what == "blocked") {
        judged.blocked.push_back(key);
    } else if (what == "url") {
        auto verdict = judge(value, mapping_);
        judged.addresses.push_back(value);
        judged.verdicts.push_back(std::move(verdict.reason));
        judged.mended.push_back(std::move(verdict.mended));
    } else {
        auto const decoded = what == "document" ? decode_document(value) : decode(value);
        judged.keys.push_back(key);
        judged.documents.push_back(decoded.json);
        judged.faults.push_back(decoded.fault);
    }
}

void Outcome::add(Outcome&& other) {
    tally.add(other.tally);
    for (auto const& [kind, n] : other.classes) {
        classes[kind] += n;
    }
    misplaced += other.misplaced;
    strays += other.strays;
    std::move(other.rejects.begin(), other.rejects.end(), std::back_inserter(rejects));
    std::move(other.samples.begin(), other.samples.end(), std::back_inserter(samples));
}

Transformer::Transformer(
    Mapping const& mapping,
    Tables tables,
    Purpose purpose,
    bool with_ledger,
    std::string const& only)
    : mapping_(mapping), tables_(std::move(tables)), next_(next_key_sql(mapping, tables_)),
      purpose_(purpose), sql_(transform_sql(mapping, tables_, purpose, with_ledger, only)) {}

std::optional<std::string> Transformer::next_key(
    pg::Connection& connection,
    std::optional<std::string> const& after,
    std::optional<std::string> const& to,
    std::int64_t rows) const {
    return connection.exec(next_, {after, to, rows}).optional_value<std::string>();
}

Outcome Transformer::run(
    pg::Connection& connection,
    Range const& range,
    Wanted wanted,
    std::optional<std::int64_t> run,
    std::optional<std::vector<std::string>> keys) const {
    Outcome out;
    Judged judged;
    // Every table is read by a range of an index; a planner that has no statistics yet, or those of
    // the empty tables, would compare each link with each row.
    connection.exec("set local enable_nestloop = off");
    // Texts first show their addresses when they are read: three turns settle everything.
    constexpr int most_turns = 3;
    for (int turn = 0; turn < most_turns; ++turn) {
        if (turn > 0) {
            keys = std::exchange(judged.blocked, {});
        }
        auto const only = keys ? pg::text_array(*keys) : pg::Param{nullptr};
        std::vector<pg::Param> params{
            range.after,
            range.to,
            pg::text_array(judged.addresses),
            pg::text_array(judged.verdicts),
            pg::text_array(judged.keys),
            pg::text_array(judged.documents),
            pg::text_array(judged.faults),
            only,
            wanted.rejects,
            wanted.samples,
            pg::text_array(judged.mended)};
        if (purpose_ == Purpose::write) {
            params.emplace_back(run);
        }
        auto const answer = connection.exec(sql_, std::span<pg::Param const>{params});
        for (auto const& row : answer) {
            take_row(out, judged, row);
        }
        if (judged.blocked.empty()) {
            auto& tally = out.tally;
            if (purpose_ == Purpose::write && out.noted != tally.inserted) {
                throw Error{
                    ErrorKind::refused,
                    "a trigger of the target gives rows another id",
                    "The ledger could not tell which rows were written; switch the trigger off."};
            }
            if (purpose_ != Purpose::verify) {
                tally.conflicts = out.classes["insert"] - tally.inserted;
                tally.present = out.classes["present"] + tally.conflicts;
                tally.duplicates = out.classes["duplicate"];
            }
            return out;
        }
    }
    throw Error{ErrorKind::internal, "some links could not be judged"};
}

} // namespace slipway::links_migrate
