// SPDX-License-Identifier: Apache-2.0
#include "pg/send.hpp"

#include "pg/connection.hpp"
#include "pg/pipeline.hpp"

namespace slipway::pg {

Send sending_to(Connection& connection) {
    return [&connection](std::string_view sql, std::initializer_list<Param> params) {
        connection.exec(sql, params);
    };
}

Send sending_to(Pipeline& pipeline) {
    return [&pipeline](std::string_view sql, std::initializer_list<Param> params) {
        pipeline.send(sql, params);
    };
}

} // namespace slipway::pg
