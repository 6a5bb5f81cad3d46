// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include "apply.hpp"
#include "basis.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

json::Value step_json(migration::Step const& step) {
    return {
        {"line", step.statement.line},
        {"command", step.nature.command},
        {"transactional", !step.nature.refuses_transaction},
        {"text", text::shorten(step.statement.text, 500)}};
}

} // namespace

void plan(Session& session) {
    auto const prepared = prepare(session.selected());
    session.fill_data();
    auto& data = *session.context.record.data;
    for (auto const& one : prepared) {
        session.context.log.info(fmt::format(
            "{}: {}{}",
            one.item->id,
            text::counted(one.script.steps.size(), "statement"),
            one.script.transactional ? " in one transaction"
                                     : ", one by one without a transaction"));
        auto steps = json::Value::array();
        for (auto const& step : one.script.steps) {
            session.context.log.info(fmt::format(
                "  line {}: {}",
                step.statement.line,
                text::shorten(text::printable_line(step.statement.text), 120)));
            steps.push_back(step_json(step));
        }
        for (auto& migration : data["migrations"]) {
            if (migration["id"] == one.item->id) {
                migration["statements"] = steps;
                migration["transactional"] = one.script.transactional;
            }
        }
        session.context.record.add(check_of(one, "can be read and applied"));
    }
    data["plan"] = to_json(basis_of(session, prepared));
    session.context.record.summary =
        prepared.empty() ? "nothing is pending"
                         : text::counted(prepared.size(), "migration") + " would be applied";
}

} // namespace slipway::migrate_apply
