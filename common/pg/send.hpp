// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/param.hpp"

#include <functional>
#include <initializer_list>
#include <string_view>

namespace slipway::pg {

class Connection;
class Pipeline;

/// Takes a statement whose answer nobody reads, to run it at once or to queue it.
using Send = std::function<void(std::string_view sql, std::initializer_list<Param> params)>;

/// Runs each statement at once; for as long as the connection lives.
Send sending_to(Connection& connection);

/// Queues each statement; for as long as the pipeline lives.
Send sending_to(Pipeline& pipeline);

} // namespace slipway::pg
