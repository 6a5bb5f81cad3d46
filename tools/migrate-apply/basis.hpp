// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"
#include "plan/basis.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace slipway::migrate_apply {

/// What a plan rests on: it holds as long as this is the same.
struct Basis {
    struct Migration {
        std::string id;
        std::string checksum;   // of the file
        std::string statements; // SHA-256 of what would run: files it includes, values put in

        bool operator==(Migration const&) const = default;
    };

    std::string history_sha256;                 // of the rows of the history
    std::vector<Migration> migrations;          // in the order in which they apply
    std::map<std::string, std::string> objects; // see plan::definitions_of

    bool operator==(Basis const&) const = default;
};

/// Reads it for these migrations; writes nothing.
Basis basis_of(Session& session, std::vector<Prepared> const& prepared);

/// The same where the statements have been looked through already.
Basis basis_of(
    Session& session,
    std::vector<Prepared> const& prepared,
    plan::Touched const& touched);

/// `data.plan` of a record.
json::Value to_json(Basis const& basis);

/// Reads `data.plan`; throws usage where it is none.
Basis basis_from(json::Value const& data);

} // namespace slipway::migrate_apply
