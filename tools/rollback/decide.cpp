// SPDX-License-Identifier: Apache-2.0
#include "advice.hpp"
#include "error/error.hpp"
#include "rollback.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

void decide(Options const& options, tool::Context& context) {
    if (context.options.inputs.empty()) {
        throw Error{
            ErrorKind::usage,
            "there is nothing to decide from",
            "Give the records of the deployment with --input, or their folder."};
    }
    auto const advice = advise(context);
    (*context.record.data)["reason"] = advice.reason;
    context.record.summary = fmt::format("{}: {}", verdict::name(advice.action), advice.reason);
    if (!advice.decided) {
        record::Check check;
        check.id = "evidence";
        check.title = "there is evidence to decide by";
        check.status = record::CheckStatus::undecided;
        check.message = "no record that tells how the deployment went is usable";
        check.hint = "Run health-check or smoke-http, and give their records with --input.";
        context.record.add(std::move(check));
        return; // --on-undecided decides
    }
    bool const acts = advice.action >= verdict::Action::app;
    context.record.status = options.exit_code && acts ? record::Status::failed
                            : advice.rows.empty()     ? record::Status::passed
                                                      : record::Status::warned;
}

} // namespace slipway::rollback
