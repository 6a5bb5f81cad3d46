// SPDX-License-Identifier: Apache-2.0
#include "pg/resolve.hpp"
#include "pg/sqlstate.hpp"
#include "pg/wire.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <vector>

#include <poll.h>

#include <libpq-fe.h>

namespace slipway::pg {

namespace {

constexpr std::size_t longest_application_name = 63; // NAMEDATALEN - 1

using Pairs = std::vector<std::pair<std::string, std::string>>;

void set(Pairs& pairs, std::string_view key, std::string value, bool replace) {
    for (auto& pair : pairs) {
        if (pair.first == key) {
            if (replace) {
                pair.second = std::move(value);
            }
            return;
        }
    }
    pairs.emplace_back(key, std::move(value));
}

Pairs libpq_settings(ConnInfo const& target, Options const& options, Endpoints const& endpoints) {
    Pairs out = target.settings();
    if (!endpoints.hosts.empty()) {
        set(out, "host", endpoints.hosts, true);
        set(out, "hostaddr", endpoints.addresses, true);
        set(out, "port", endpoints.ports, true);
    }
    set(out, "client_encoding", "UTF8", true);
    if (!options.application_name.empty()) {
        std::string_view name = options.application_name;
        while (name.size() > longest_application_name) {
            name.remove_suffix(1);
        }
        set(out, "application_name", std::string{name}, true);
    }
    // Proxies and NAT of CI networks drop a link that is silent for some minutes without a word.
    set(out, "keepalives_idle", "30", false);
    set(out, "keepalives_interval", "10", false);
    set(out, "keepalives_count", "6", false);
    return out;
}

OwnedConnection start(Pairs const& settings) {
    std::vector<char const*> keys;
    std::vector<char const*> values;
    for (auto const& pair : settings) {
        keys.push_back(pair.first.c_str());
        values.push_back(pair.second.c_str());
    }
    keys.push_back(nullptr);
    values.push_back(nullptr);
    OwnedConnection out{PQconnectStartParams(keys.data(), values.data(), 0)};
    if (out == nullptr) {
        throw Error{ErrorKind::internal, "libpq gave no connection object"};
    }
    return out;
}

struct Refusal {
    std::string sqlstate;
    std::string message;
};

// libpq keeps no fields of an error during the start of a connection; with verbose messages the
// last `FATAL:  28P01: text` has the code. The last one, since the hosts before it were passed over.
Refusal read_refusal(std::string_view message) {
    Refusal out;
    for (auto const line : text::lines(message)) {
        std::size_t const severity = line.find(":  ");
        if (severity != std::string_view::npos && line.size() > severity + 10 &&
            line.substr(severity + 8, 2) == ": ") {
            out.sqlstate = line.substr(severity + 3, 5);
            out.message = line.substr(severity + 10);
        } else if (out.sqlstate.empty() && !text::trim(line).empty() && !line.starts_with('\t')) {
            std::size_t const failed = line.find(" failed: ");
            out.message = failed == std::string_view::npos ? line : line.substr(failed + 9);
        }
    }
    return out;
}

bool is_mistake_of_caller(std::string_view message) {
    auto const says = [&](std::string_view words) {
        return message.find(words) != std::string_view::npos;
    };
    return message.starts_with("invalid ") || says("no password supplied") || says("certificate") ||
           says("SSL") || says("definition of service") || says("could not match ") ||
           says("authentication method");
}

Error refused(ConnInfo const& target, std::string_view libpq_message) {
    Refusal const refusal = read_refusal(libpq_message);
    ErrorKind kind = ErrorKind::unavailable;
    std::string hint;
    if (!refusal.sqlstate.empty()) {
        kind = sqlstate::kind_of(refusal.sqlstate);
        hint = sqlstate::hint_for(refusal.sqlstate);
    } else if (is_mistake_of_caller(refusal.message)) {
        kind = ErrorKind::usage;
        hint = "Check the connection string: password, sslmode and certificates.";
    } else {
        hint = "Check that the server runs and is reachable from here at " + target.address() + ".";
    }
    return Error{
        kind,
        "cannot connect to database '" + target.database() + "' at " + target.address() + ": " +
            text::printable_line(refusal.message),
        std::move(hint)}
        .with_sqlstate(refusal.sqlstate);
}

void pass_notice(void* wire, pg_result const* notice) {
    static_cast<Wire const*>(wire)->receive_notice(notice);
}

} // namespace

void Wire::open() {
    time::Deadline const deadline = options_.deadline.sooner(options_.connect_timeout);
    require_time(deadline, Heed::limits);
    Endpoints const endpoints = resolve(target_, deadline, options_.stop);
    connection_ = start(libpq_settings(target_, options_, endpoints));
    PQsetNoticeReceiver(raw(), &pass_notice, this);
    PQsetErrorVerbosity(raw(), PQERRORS_VERBOSE);
    PostgresPollingStatusType next =
        PQstatus(raw()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED) {
            Error const error = refused(target_, PQerrorMessage(raw()));
            close();
            throw error;
        }
        short const events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        End const end = wait(events, deadline, Heed::limits);
        if (end != End::ready) {
            close();
            if (end == End::stopped) {
                throw signal::stopped_error();
            }
            throw Error{
                ErrorKind::timeout,
                "no connection to " + target_.address() + " within the time given",
                "Check that the server is reachable from here (firewall, security group, port)."};
        }
        next = PQconnectPoll(raw());
    }
    PQsetErrorVerbosity(raw(), PQERRORS_DEFAULT);
    PQsetnonblocking(raw(), 1);
}

} // namespace slipway::pg
