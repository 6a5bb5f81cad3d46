// SPDX-License-Identifier: Apache-2.0
#include "probe/look.hpp"

#include "probe/looking.hpp"
#include "probe/sql.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::probe {

std::string_view name(Look::State state) {
    switch (state) {
    case Look::State::good:
        return "good";
    case Look::State::wrong:
        return "wrong";
    case Look::State::unreached:
        return "unreached";
    }
    return "";
}

Look look_at_sql(
    std::string const& id,
    std::string const& query,
    std::optional<Rule> const& wanted,
    pg::ConnInfo const& target,
    pg::Options const& options) {
    return guarded(begun(id, query), [&](record::Check const& made) {
        auto connection = pg::Connection::open(target, options);
        auto const answer = ask(connection, query, {}, false, options.deadline);
        secret::Redactor const none;
        auto const value = answer.value.value_or("null");
        if (wanted) {
            if (auto const fault = judge_cell(*wanted, answer, none)) {
                return wrong(made, fault->message);
            }
            return good(made, "answers " + value);
        }
        bool const truthy = answer.value && value != "f" && value != "0" && !value.empty();
        return truthy ? good(made, "answers " + value)
                      : wrong(made, fmt::format("answers {}, which is not true", value));
    });
}

} // namespace slipway::probe
