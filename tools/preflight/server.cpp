// SPDX-License-Identifier: Apache-2.0
#include "look.hpp"
#include "target/target.hpp"

namespace slipway::preflight {

namespace {

using namespace std::chrono_literals;

constexpr time::Milliseconds connect_patience = 5s;
constexpr time::Milliseconds patience = 20s;

} // namespace

Server::Server(Options const& options, tool::Context& context)
    : context_(context), is_named_(target::is_named(options.database_url)),
      where_(target::parse(options.database_url, context)) {}

pg::Connection Server::connect() const {
    auto limits = target::limits(context_);
    limits.connect_timeout = connect_patience;
    limits.deadline = limits.deadline.sooner(patience);
    return pg::Connection::open(where_, limits);
}

catalog::Identity const* Server::identity() {
    std::call_once(once_, [this] { look(); });
    return identity_ ? &*identity_ : nullptr;
}

void Server::look() {
    if (!is_named_) {
        return;
    }
    try {
        auto connection = connect();
        identity_ = catalog::identity(connection);
        bytes_ = catalog::size(connection);
        context_.record.target =
            record::Target{identity_->system_identifier, identity_->database, identity_->oid};
    } catch (Error const& error) {
        identity_.reset();
        why_not_ = error;
    }
}

} // namespace slipway::preflight
