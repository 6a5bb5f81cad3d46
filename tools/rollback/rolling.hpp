// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actions.hpp"
#include "error/error.hpp"
#include "journal.hpp"
#include "rollback.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::rollback {

/// How the database goes back.
enum class DatabaseWay : std::uint8_t { none, undo, restore, swap_back };

/// `none`, `undo`, `restore` or `swap-back`.
std::string_view name(DatabaseWay way);

/// An earlier rollback, that is to be undone.
struct Earlier {
    std::string id; // of its run
    DatabaseWay way = DatabaseWay::none;
    std::string safety_backup; // from before it
    std::string from_commit;   // that was live before it
    bool application = false;  // it took the application back
};

/// One rollback from what can be refused to the row in the log; its callers say what goes back.
class Rolling {
public:
    Rolling(Options const& options, tool::Context& context);

    /// Chooses the way of the database; refuses whatever can be refused before work is stopped.
    void prepare();

    /// The same for the undo of an earlier one.
    void prepare_undo(Earlier const& earlier);

    /// Takes the steps; throws what the first that failed threw, after work was resumed and all was
    /// told.
    void go();

    /// `the application by ./previous.sh, the database to 2026…`
    [[nodiscard]] std::string words() const;

private:
    void choose_commit();
    void choose_way();
    void accept_loss();
    void confirm();
    void take_back();
    std::string take_database_back();
    bool try_gently(std::string& message);
    void resume();
    void check(std::string_view step);
    void tell_state();
    void note_in_database();
    [[nodiscard]] Half half(std::string_view step) const;
    [[nodiscard]] std::string_view work_words() const;
    [[nodiscard]] bool undoes(std::string_view what) const;

    Options const& options_;
    tool::Context& context_;
    std::optional<pg::ConnInfo> where_;
    Actions actions_;
    Journal journal_;
    DatabaseWay way_ = DatabaseWay::none;
    GentleWay gentle_;
    bool restorable_ = false; // where the gentle way fails
    std::string reason_;
    std::string scope_;
    std::optional<Error> failure_;
    std::string state_;
};

} // namespace slipway::rollback
