// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health_check.hpp"
#include "probe/look.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::health_check {

enum class Kind : std::uint8_t { http, postgres, migrations, tcp, sql };

/// `http`, `postgres`, `migrations`, `tcp` or `sql`.
std::string_view name(Kind kind);

/// One thing to look at.
struct Probe {
    std::string id; // of its check
    Kind kind = Kind::http;
    std::string subject; // URL, folder, host:port or query
    std::string shown;   // the subject without secrets
    time::Milliseconds timeout{5000};
    probe::HttpExpectation expected;
    std::optional<probe::Rule> value; // of sql
    std::optional<pg::ConnInfo> target;
    probe::Role role = probe::Role::any;
};

/// All probes of a run with the expressions that they use.
struct Probes {
    std::vector<Probe> list;
    std::shared_ptr<expr::Program const> program;
};

/// The probes that the options and the file of --file name, or where none does, those of API_BASE
/// and DATABASE_URL; throws usage where there are none, or one is malformed.
Probes choose_probes(Options const& options, tool::Context& context);

} // namespace slipway::health_check
