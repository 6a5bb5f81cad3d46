// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health_check.hpp"
#include "pg/connection.hpp"
#include "probe/look.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::health_check {

enum class Kind : std::uint8_t {
    http,
    postgres,
    migrations,
    schema,
    sql,
    tcp,
    dns,
    tls,
    oauth,
    disk,
    command,
};

/// `http`, `postgres`, ….
std::string_view name(Kind kind);

/// One thing to look at.
struct Probe {
    std::string id; // of its check
    Kind kind = Kind::http;
    std::string subject; // URL, folder, host:port, …
    std::string shown;   // the subject without secrets
    time::Milliseconds timeout{5000};
    probe::HttpExpectation expected; // of http, whose requests run together
    std::string ca_file;             // of http
    /// One look within the limits of these options, of all other kinds.
    std::function<probe::Look(Probe const&, pg::Options const&)> look;
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
