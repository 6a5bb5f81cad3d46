// SPDX-License-Identifier: Apache-2.0
#include "probe/dial.hpp"
#include "probe/looking.hpp"
#include "probe/tls_session.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::probe {

namespace {

std::string days(std::int64_t count) {
    return text::counted(static_cast<std::size_t>(count), "day");
}

std::string fault_of_days(Handshake const& seen, TlsWish const& wish) {
    if (seen.days_left >= wish.least_days) {
        return {};
    }
    return seen.days_left < 0 ? fmt::format("the certificate of {} has expired", seen.first_to_end)
                              : fmt::format(
                                    "the certificate of {} ends in {}, less than {}",
                                    seen.first_to_end,
                                    days(seen.days_left),
                                    days(wish.least_days));
}

} // namespace

Look look_at_tls(
    std::string const& id,
    TlsWish const& wish,
    time::Deadline deadline,
    std::stop_token const& stop) {
    return guarded(begun(id, "TLS at " + wish.place), [&](record::Check const& made) {
        auto const seen = shake_hands(wish, deadline, stop);
        auto look = good(made, fmt::format("{}, issued by {}", seen.version, seen.issuer));
        auto const name = wish.name.empty() ? read_place(wish.place, "443").host : wish.name;
        add_part(
            look,
            id,
            "name",
            "The certificate is for " + name,
            seen.right_name
                ? ""
                : fmt::format("the certificate is for another name: {}, not {}", seen.names, name),
            "for " + seen.names);
        look.hopeless = !seen.right_name;
        add_part(
            look,
            id,
            "chain",
            "The certificate is trusted",
            seen.chain_fault.empty() ? "" : "the certificate " + seen.chain_fault,
            "leads to a trusted authority",
            "Name a private authority's certificate by ca_file or SSL_CERT_FILE; a server has to "
            "send its intermediate certificates, too.");
        add_part(
            look,
            id,
            "days",
            "The certificate is valid for long enough",
            fault_of_days(seen, wish),
            seen.days_left >= 0 ? days(seen.days_left) + " left" : "");
        record::Metric metric;
        metric.name = "tls.days_left";
        metric.unit = "days";
        metric.labels["probe"] = id;
        metric.value = static_cast<double>(seen.days_left);
        look.metrics.push_back(std::move(metric));
        return look;
    });
}

} // namespace slipway::probe
