// SPDX-License-Identifier: Apache-2.0
#include "advice.hpp"
#include "config/document.hpp"
#include "error/error.hpp"
#include "matrix_file.hpp"
#include "rollback.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

void decide(Options const& options, tool::Context& context) {
    if (options.print_matrix) {
        auto const matrix = options.matrix.empty() ? verdict::standard_matrix()
                                                   : read_matrix(config::load(options.matrix));
        (*context.record.data)["print_matrix"] = to_json(matrix);
        context.record.summary = json::write(to_json(matrix), true);
        context.record.status = record::Status::passed;
        return;
    }
    if (context.options.inputs.empty()) {
        throw Error{
            ErrorKind::usage,
            "there is nothing to decide from",
            "Give the records of the deployment with --input, or their folder; or look at the live "
            "system with rollback detect."};
    }
    auto const advice = advise(options, context);
    judge_by(advice, options, context);
    if (!advice.decided) {
        record::Check check;
        check.id = "evidence";
        check.title = "there is evidence to decide by";
        check.status = record::CheckStatus::undecided;
        check.message = "no record that tells how the deployment went is usable";
        check.hint = "Run health-check or smoke-http, and give their records with --input.";
        context.record.add(std::move(check));
        context.record.status = record::Status::running; // --on-undecided decides
    }
}

} // namespace slipway::rollback
